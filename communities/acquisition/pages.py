"""Page 41: channel codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import segno
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from communities.acquisition.models import ContactCode, ContactCodeState
from communities.acquisition.selectors import (
    CodeCount,
    contact_code_counts,
    contact_code_get,
    contact_codes_list,
    staff_choices,
)
from communities.acquisition.services import (
    contact_code_archive,
    contact_code_create,
    contact_code_retry,
    contact_code_update,
)
from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Bubble, Crumb, Tone
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ConsolePage, FormPage, ListPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page
from scrm.core.errors import Forbidden

_TONES: Mapping[str, Tone] = {
    ContactCodeState.WAITING: "info",
    ContactCodeState.ACTIVE: "good",
    ContactCodeState.REFUSED: "bad",
    ContactCodeState.ARCHIVED: "muted",
}


_NAMED = 3


def _people(names: Sequence[str]) -> str:
    """The first few by name, the rest by number."""
    words = _("、").join(names[:_NAMED])
    if len(names) <= _NAMED:
        return words
    return _("%(names)s 等 %(count)s 人") % {"names": words, "count": len(names)}


class _Row:
    """A code with its counts."""

    def __init__(self, code: ContactCode, count: CodeCount, names: Mapping[str, str]) -> None:
        self.code, self.count = code, count
        self.public_id = code.public_id
        self.staff = _people([names.get(userid, userid) for userid in code.staff])


@page("communities/codes/", name="contact-codes", nav=Nav(section="acquisition", order=10))
class ContactCodesPage(ListPage):
    """Every code and whom it brought."""

    permission = "contact_codes.view"
    title = gettext_lazy("渠道活码")
    noun = gettext_lazy("个活码")
    search_hint = gettext_lazy("活码名称")
    columns = (
        Column(
            key="name", label=gettext_lazy("活码"), is_primary=True, value=lambda row: row.code.name
        ),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=lambda row: Badge(row.code.get_state_display(), _TONES[row.code.state]),
        ),
        Column(key="staff", label=gettext_lazy("员工")),
        Column(
            key="tags", label=gettext_lazy("标签"), value=lambda row: _("、").join(row.code.tags)
        ),
        Column(
            key="today",
            label=gettext_lazy("今日新增"),
            kind="number",
            value=lambda row: row.count.today,
        ),
        Column(
            key="total",
            label=gettext_lazy("累计新增"),
            kind="number",
            value=lambda row: row.count.total,
        ),
        Column(
            key="created_at",
            label=gettext_lazy("创建时间"),
            kind="datetime",
            value=lambda row: row.code.created_at,
        ),
    )
    filters = (
        ChoiceFilter(key="state", label=gettext_lazy("状态"), choices=ContactCodeState.choices),
    )
    sorts = (Sort(key="-created", label=gettext_lazy("最新创建"), order=("-created_at", "-id")),)
    empty_title = gettext_lazy("还没有渠道活码")
    empty_text = gettext_lazy("客户扫码添加员工后，自动记下来源、打上标签并收到欢迎语。")
    empty_icon = "qrcode"

    @override
    def queryset(self, query: ListQuery) -> QuerySet[ContactCode]:
        return contact_codes_list(search=query.search, states=query.all("state"))

    @override
    def rows_make(self, rows: Sequence[ContactCode]) -> Sequence[_Row]:
        counts, names = contact_code_counts(rows), dict(staff_choices())
        return [_Row(row, counts[row.pk], names) for row in rows]

    @override
    def row_label(self, row: _Row) -> str:
        return str(row.code.name)

    @override
    def row_url(self, row: _Row) -> str:
        return self.url("contact-code", code_id=row.public_id)

    @override
    def actions(self) -> Sequence[Action]:
        return (self._new(),)

    @override
    def empty_action(self) -> Action | None:
        return self._new()

    def _new(self) -> Action:
        return Action(
            label=_("新建活码"),
            href=self.url("contact-code-new"),
            icon="plus",
            is_primary=True,
            permission="contact_codes.edit",
        )


class CodeForm(forms.Form):
    """A new code."""

    name = forms.CharField(
        label=gettext_lazy("活码名称"),
        max_length=30,
        help_text=gettext_lazy("扫码进来的会员以它为来源，例如：包裹卡、门店海报。"),
    )
    staff = forms.MultipleChoiceField(
        label=gettext_lazy("接待员工"), widget=forms.CheckboxSelectMultiple
    )
    tags = forms.CharField(
        label=gettext_lazy("自动打标签"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("多个标签用逗号分隔。"),
    )
    welcome_text = forms.CharField(
        label=gettext_lazy("欢迎语"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("{昵称} 会换成客户的昵称；20 秒内发出，每位客户一次。"),
    )

    def __init__(self, *args: Any, staff: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("staff")
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = list(staff)
            if not staff:
                field.help_text = _("还没有同步到企业微信成员：先在「企微接入」完成绑定和同步。")

    def clean_tags(self) -> list[str]:
        words = self.cleaned_data["tags"].replace("，", ",").replace("、", ",").split(",")
        return [word.strip() for word in words if word.strip()]


class CodeWordsForm(CodeForm):
    """What may change later."""

    name = None  # type: ignore[assignment]
    staff = None  # type: ignore[assignment]


@page("communities/codes/new/", name="contact-code-new")
class ContactCodeNewPage(FormPage):
    """Make a code at WeCom."""

    permission = "contact_codes.edit"
    nav_key = "contact-codes"
    title = gettext_lazy("新建渠道活码")
    form_class = CodeForm
    submit_label = gettext_lazy("生成活码")
    holds_transaction = False

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"staff": staff_choices()}

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("渠道活码"), self.url("contact-codes"))]

    @override
    def cancel_url(self) -> str:
        return self.url("contact-codes")

    @override
    def save(self, form: forms.BaseForm) -> str:
        code = contact_code_create(**form.cleaned_data)
        if code.state == ContactCodeState.ACTIVE:
            toast(self.request, "success", _("活码已生成"))
        return self.url("contact-code", code_id=code.public_id)


@page("communities/codes/<str:code_id>/", name="contact-code")
class ContactCodePage(FormPage):
    """One code: its picture, its words, whom it brought."""

    permission = "contact_codes.view"
    nav_key = "contact-codes"
    template_name = "communities/acquisition/code.html"
    form_class = CodeWordsForm

    @cached_property
    def code(self) -> ContactCode:
        return contact_code_get(str(self.kwargs["code_id"]))

    @override
    def heading(self) -> str:
        return self.code.name

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("渠道活码"), self.url("contact-codes"))]

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"tags": "、".join(self.code.tags), "welcome_text": self.code.welcome_text}

    @override
    def actions(self) -> Sequence[Action]:
        key = self.code.public_id
        found = []
        if self.code.state == ContactCodeState.REFUSED:
            url = self.url("contact-code-retry", code_id=key)
            found.append(
                Action(
                    label=_("重新生成"),
                    href=url,
                    icon="refresh",
                    method="post",
                    permission="contact_codes.edit",
                )
            )
        if self.code.state != ContactCodeState.ARCHIVED:
            url = self.url("contact-code-archive", code_id=key)
            found.append(
                Action(
                    label=_("停用"),
                    href=url,
                    icon="x",
                    method="post",
                    permission="contact_codes.edit",
                )
            )
        return found

    @override
    def context(self) -> dict[str, object]:
        code, names = self.code, dict(staff_choices())
        welcome = code.welcome_text.replace("{昵称}", _("新朋友"))
        return {
            "code": code,
            "badge": Badge(code.get_state_display(), _TONES[code.state]),
            "count": contact_code_counts([code])[code.pk],
            "staff": [names.get(userid, userid) for userid in code.staff],
            "qr": qr_svg(code.qr_url) if code.qr_url else "",
            "bubbles": [Bubble(kind="text", text=welcome)] if welcome else [],
            "may_edit": self.may("contact_codes.edit"),
        }

    @override
    def save(self, form: forms.BaseForm) -> str:
        if not self.may("contact_codes.edit"):
            raise Forbidden
        contact_code_update(public_id=self.code.public_id, changes=form.cleaned_data)
        toast(self.request, "success", _("已保存"))
        return self.url("contact-code", code_id=self.code.public_id)


def qr_svg(text: str) -> SafeString:
    """The code as a picture inside the page."""
    drawn = segno.make(text, error="m").svg_inline(
        scale=5, border=2, svgclass="qr", lineclass="", title=str(_("渠道活码二维码"))
    )
    return mark_safe(drawn)  # noqa: S308 - segno draws paths; the title is ours


class _Act(ConsolePage):
    """A write at WeCom without a form; opened by hand it leads to the code."""

    permission = "contact_codes.edit"
    nav_key = "contact-codes"
    holds_transaction = False

    def act(self, code_id: str) -> str:
        """Do it; returns what to say."""
        raise NotImplementedError

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        code = contact_code_get(str(kwargs["code_id"]))
        return self.go(self.url("contact-code", code_id=code.public_id))

    def post(self, _request: HttpRequest, code_id: str) -> HttpResponse:
        toast(self.request, "success", self.act(code_id))
        return self.go(self.url("contact-code", code_id=code_id))


@page("communities/codes/<str:code_id>/archive/", name="contact-code-archive")
class ContactCodeArchivePage(_Act):
    """Take a code out of use."""

    title = gettext_lazy("停用渠道活码")

    @override
    def act(self, code_id: str) -> str:
        contact_code_archive(public_id=code_id)
        return _("已停用")


@page("communities/codes/<str:code_id>/retry/", name="contact-code-retry")
class ContactCodeRetryPage(_Act):
    """Ask WeCom again."""

    title = gettext_lazy("重新生成渠道活码")

    @override
    def act(self, code_id: str) -> str:
        contact_code_retry(public_id=code_id)
        return _("已重新提交")
