"""Scan codes: the list, a new one, and one with its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.people.sources import source_choices, source_label
from members.sources.kinds import ScanKind
from members.sources.models import ScanCode
from members.sources.rules import Wanted
from members.sources.selectors import arrivals_counted, scan_code_get, scan_codes_listed
from members.sources.services import scan_code_archive, scan_code_restore, scan_codes_make
from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Crumb
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ActPage, ConsolePage, FormPage, ListPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page
from scrm.console.undo import UndoKind, undo_offer, undo_register
from scrm.console.writing import thousands
from scrm.core.errors import InvalidValue

undo_register(
    UndoKind(key="scan_codes.archived", permission="scan_codes.edit", apply=scan_code_restore)
)


class _Row:
    """A code with whom it brought."""

    def __init__(self, code: ScanCode, count: int) -> None:
        self.code, self.count = code, count
        self.public_id = code.public_id


def _state(code: ScanCode) -> Badge:
    if code.archived_at is not None:
        return Badge(_("已停用"), "muted")
    return Badge(_("使用中"), "good")


def _order(code: ScanCode) -> str | None:
    if not code.order_number:
        return None
    return _("%(channel)s %(number)s") % {
        "channel": source_label(code.order_channel),
        "number": code.order_number,
    }


@page(
    "sources/codes/",
    name="scan-codes",
    nav=Nav(section="acquisition", label=gettext_lazy("来源码"), order=20),
)
class ScanCodesPage(ListPage):
    """Every code and how many came by it."""

    permission = "scan_codes.view"
    title = gettext_lazy("来源码")
    noun = gettext_lazy("个来源码")
    search_hint = gettext_lazy("名称 / 订单号")
    columns = (
        Column(
            key="name", label=gettext_lazy("名称"), is_primary=True, value=lambda row: row.code.name
        ),
        Column(
            key="kind",
            label=gettext_lazy("类型"),
            value=lambda row: row.code.get_kind_display(),
        ),
        Column(
            key="channel",
            label=gettext_lazy("渠道"),
            value=lambda row: source_label(row.code.channel),
        ),
        Column(key="order", label=gettext_lazy("订单"), value=lambda row: _order(row.code)),
        Column(key="count", label=gettext_lazy("带来会员"), kind="number"),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=lambda row: _state(row.code),
        ),
        Column(
            key="created_at",
            label=gettext_lazy("创建时间"),
            kind="datetime",
            value=lambda row: row.code.created_at,
        ),
    )
    filters = (
        ChoiceFilter(key="kind", label=gettext_lazy("类型"), choices=ScanKind.choices),
        ChoiceFilter(
            key="state",
            label=gettext_lazy("状态"),
            choices=[("active", gettext_lazy("使用中")), ("archived", gettext_lazy("已停用"))],
            is_single=True,
        ),
    )
    sorts = (Sort(key="-created", label=gettext_lazy("最新创建"), order=("-created_at", "-id")),)
    empty_title = gettext_lazy("还没有来源码")
    empty_text = gettext_lazy(
        "印在包裹卡、门店海报上的码；扫码进来的会员自动记下渠道和订单，作为首次或最近来源。"
    )
    empty_icon = "qrcode"

    @override
    def queryset(self, query: ListQuery) -> QuerySet[ScanCode]:
        return scan_codes_listed(
            kinds=query.all("kind"),
            search=query.search,
            is_archived=query.one("state") == "archived",
        )

    @override
    def rows_make(self, rows: Sequence[ScanCode]) -> Sequence[_Row]:
        counts = arrivals_counted(rows)
        return [_Row(row, counts.get(row.token, 0)) for row in rows]

    @override
    def row_label(self, row: _Row) -> str:
        return str(row.code.name)

    @override
    def row_url(self, row: _Row) -> str:
        return self.url("scan-code", code_id=row.public_id)

    @override
    def actions(self) -> Sequence[Action]:
        return (self._new(),)

    @override
    def empty_action(self) -> Action | None:
        return self._new()

    def _new(self) -> Action:
        return Action(
            label=_("新建来源码"),
            href=self.url("scan-code-new"),
            icon="plus",
            is_primary=True,
            opens="drawer",
            permission="scan_codes.edit",
        )


class ScanCodeForm(forms.Form):
    """A new code."""

    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=ScanKind.choices)
    name = forms.CharField(
        label=gettext_lazy("名称"),
        max_length=60,
        help_text=gettext_lazy("例如：三月包裹卡、静安门店收银台"),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("渠道"),
        required=False,
        help_text=gettext_lazy("扫码会员的来源；不选时按类型。"),
    )
    order_channel = forms.ChoiceField(label=gettext_lazy("订单渠道"), required=False)
    order_number = forms.CharField(
        label=gettext_lazy("订单号"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("只用于包裹卡：卡放在这个订单的包裹里。批量制作请用接口。"),
    )

    def __init__(self, *args: Any, channels: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", gettext_lazy("不选")), *channels]
        for name in ("channel", "order_channel"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - said for the type checker
            field.choices = choices


@page("sources/codes/new/", name="scan-code-new")
class ScanCodeNewPage(FormPage):
    """Make a code."""

    permission = "scan_codes.edit"
    nav_key = "scan-codes"
    title = gettext_lazy("新建来源码")
    form_class = ScanCodeForm
    submit_label = gettext_lazy("生成")

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"channels": source_choices()}

    @override
    def cancel_url(self) -> str:
        return self.url("scan-codes")

    @override
    def save(self, form: forms.BaseForm) -> str:
        try:
            code = scan_codes_make([Wanted(**form.cleaned_data)])[0]
        except InvalidValue as refusal:
            pointer = (refusal.pointer or "").removeprefix("/codes/0")
            raise InvalidValue(str(refusal), pointer=pointer) from refusal
        toast(self.request, "success", _("来源码已生成"))
        return self.url("scan-code", code_id=code.public_id)


@page("sources/codes/<str:code_id>/", name="scan-code")
class ScanCodePage(ConsolePage):
    """One code: what to put into WeCom or the official account, and whom it brought."""

    permission = "scan_codes.view"
    nav_key = "scan-codes"
    template_name = "members/sources/code.html"

    @cached_property
    def code(self) -> ScanCode:
        return scan_code_get(str(self.kwargs["code_id"]))

    @override
    def heading(self) -> str:
        return self.code.name

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("来源码"), self.url("scan-codes"))]

    @override
    def actions(self) -> Sequence[Action]:
        if self.code.archived_at is not None:
            return ()
        return (
            Action(
                label=_("停用"),
                href=self.url("scan-code-archive", code_id=self.code.public_id),
                icon="x",
                method="post",
                permission="scan_codes.edit",
            ),
        )

    @override
    def context(self) -> dict[str, object]:
        code = self.code
        order = _order(code) or "—"
        if code.order_number and self.may("orders.view"):
            asked = urlencode({"q": code.order_number})
            order_url = f"{self.url('orders-list')}?{asked}"
        else:
            order_url = ""
        return {
            "code": code,
            "badge": _state(code),
            "count": thousands(arrivals_counted([code]).get(code.token, 0)),
            "pairs": [
                (_("类型"), str(code.get_kind_display())),
                (_("渠道"), source_label(code.channel)),
                (_("订单"), order),
                (_("创建人"), code.created_by or _("系统")),
            ],
            "order_url": order_url,
        }


@page("sources/codes/<str:code_id>/archive/", name="scan-code-archive")
class ScanCodeArchivePage(ActPage):
    """Put a code away."""

    permission = "scan_codes.edit"
    nav_key = "scan-codes"

    @override
    def act(self) -> str:
        code = scan_code_archive(public_id=str(self.kwargs["code_id"]))
        undo = undo_offer(self.request, "scan_codes.archived", {"code": code.public_id})
        toast(self.request, "success", _("已停用；已印出去的码照常识别"), undo_url=undo)
        return self.url("scan-codes")
