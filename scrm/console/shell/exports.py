"""Page 47, 导出中心: files that were made, how much of people they show, who asked, when they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Tone
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.keyset import total_capped
from scrm.console.navigation import Item, item_register
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import FormPage
from scrm.console.pages.lists import ListPage
from scrm.console.requests import toast
from scrm.core import clock
from scrm.core.errors import Forbidden, NotFound
from scrm.events.jobs.services import JOB_KINDS
from scrm.events.models import JobState
from scrm.files.errors import ExportRefused
from scrm.files.exports import EXPORTS, Export, export_get, export_start
from scrm.files.models import MaskLevel, StoredFile
from scrm.files.queries import CHOSEN, LONGEST, query_checked, query_shown
from scrm.files.selectors import files_list
from scrm.files.store import PLAIN, file_take, may_have, parts_read
from scrm.tenants.flags import owner_on
from scrm.tenants.settings import setting

if TYPE_CHECKING:
    from django.db.models import QuerySet

_MASKS: dict[str, Tone] = {
    MaskLevel.NONE: "neutral",
    MaskLevel.MASKED: "good",
    MaskLevel.PLAIN: "warn",
}


def _kind(file: StoredFile) -> str:
    export = EXPORTS.get(file.kind)
    return str(export.label if export is not None else JOB_KINDS.get(file.kind, file.kind))


def _mask(file: StoredFile) -> Badge:
    return Badge(file.get_mask_display(), _MASKS.get(file.mask, "neutral"))


def _state(file: StoredFile) -> Badge:
    if file.purged_at is not None or file.expires_at <= clock.now():
        return Badge(_("已过期"), "muted")
    if file.ready_at is not None:
        return Badge(_("可下载"), "good")
    if file.job is not None and file.job.state == JobState.FAILED:
        return Badge(_("失败"), "bad")
    if file.job is not None and file.job.state == JobState.CANCELLED:
        return Badge(_("已取消"), "muted")
    return Badge(_("生成中"), "info")


def _kinds() -> list[tuple[str, Any]]:
    return [(kind, export.label) for kind, export in sorted(EXPORTS.items())]


class ExportListPage(ListPage):
    """Every file of the brand that has been taken out, newest first."""

    permission = "exports.view"
    title = _("导出中心")
    nav_key = "exports"
    url_name = "exports"
    noun = _("个文件")
    empty_title = _("还没有导出文件")
    empty_text = _("在会员、人群、审计等列表点「导出」，文件做好后在这里下载，到期自动删除。")
    empty_icon = "download"
    columns: ClassVar[Sequence[Column]] = (
        Column(key="name", label=_("文件"), is_primary=True),
        Column(key="kind", label=_("内容"), value=_kind),
        Column(key="state", label=_("状态"), kind="status", value=_state),
        Column(key="mask", label=_("脱敏级别"), kind="tag", value=_mask),
        Column(key="rows", label=_("行数"), kind="number"),
        Column(key="size", label=_("大小"), value=lambda file: filesizeformat(file.size)),
        Column(key="requester", label=_("申请人")),
        Column(key="created_at", label=_("申请时间"), kind="datetime"),
        Column(key="expires_at", label=_("到期时间"), kind="datetime"),
        Column(key="reason", label=_("原因"), optional=True),
        Column(key="downloads", label=_("下载次数"), kind="number", optional=True),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(
            key="by",
            label=_("申请人"),
            choices=[("me", _("我申请的")), ("brand", _("全品牌"))],
            is_single=True,
        ),
        ChoiceFilter(key="kind", label=_("内容"), choices=_kinds),
        ChoiceFilter(key="mask", label=_("脱敏级别"), choices=MaskLevel.choices),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-created", label=_("最新"), order=("-created_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[StoredFile]:
        mine = ("operator", str(self.request.operator.pk)) if query.one("by") == "me" else None
        return files_list(kinds=query.all("kind"), masks=query.all("mask"), requester=mine)

    @override
    def row_label(self, row: StoredFile) -> str:
        return row.name

    @override
    def row_url(self, row: StoredFile) -> str:
        return (
            self.url("job", job_id=row.job.public_id) if row.job and self.may("jobs.view") else ""
        )

    @override
    def row_actions(self, row: StoredFile) -> Sequence[Action]:
        is_there = row.ready_at is not None and row.expires_at > clock.now()
        if not is_there or row.purged_at is not None or not may_have(row, may=self.may):
            return ()
        href = self.url("file-download", file_id=row.public_id)
        return (Action(label=_("下载"), href=href, icon="download"),)

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("新建导出"),
                href=self.url("exports-new"),
                icon="plus",
                is_primary=True,
                opens="drawer",
                permission="exports.create",
            ),
        )


class ExportForm(forms.Form):
    """What, in which form, and how much of people."""

    kind = forms.ChoiceField(label=_("导出内容"))
    format = forms.ChoiceField(
        label=_("格式"),
        choices=[("csv", _("CSV（不限行数）")), ("xlsx", _("XLSX（最多 50 万行）"))],
        initial="csv",
    )
    is_plain = forms.BooleanField(
        label=_("包含完整手机号"),
        required=False,
        help_text=_("默认脱敏为 138****8000；勾选后需填写原因，写入审计日志。"),
    )
    reason = forms.CharField(label=_("原因"), max_length=200, required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LONGEST)

    def __init__(
        self, *args: Any, kinds: Sequence[tuple[str, Any]], has_plain: bool, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = list(kinds)
        if len(kinds) == 1:
            field.widget = forms.HiddenInput()
            field.initial = kinds[0][0]
        if not has_plain:
            del self.fields["is_plain"], self.fields["reason"]


class ExportNewPage(FormPage):
    """Ask for a file; opened from a list it takes along what the list was narrowed by."""

    permission = "exports.create"
    title = _("导出数据")
    nav_key = "exports"
    url_name = "exports-new"
    submit_label = _("开始导出")
    form_class = ExportForm
    form_intro = "console/shell/_export_intro.html"

    @cached_property
    def export(self) -> Export | None:
        """What the address names; None while it is still to be chosen."""
        kind = self.request.GET.get("kind", "")
        found = export_get(kind) if kind else None
        if found is not None and not self.may(found.permission):
            raise Forbidden
        return found

    @property
    def asked(self) -> str:
        return self.request.GET.get("query", "")

    @override
    def heading(self) -> str:
        return str(self.export.label) if self.export is not None else str(self.title)

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        allowed = [
            export
            for export in EXPORTS.values()
            if self.may(export.permission) and owner_on(export.rows)
        ]
        chosen = [self.export] if self.export is not None else allowed
        if not chosen:
            raise NotFound
        return {
            "kinds": [(export.kind, export.label) for export in chosen],
            "has_plain": self.may(PLAIN) and any(export.has_people for export in chosen),
        }

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"query": self.asked}

    @override
    def context(self) -> dict[str, object]:
        chosen = query_checked(self.asked).get(CHOSEN, ())
        found: dict[str, object] = {"keep_days": setting("files.keep_days")}
        if self.export is not None:
            total = total_capped(self.export.asked(self.asked))
            found |= {
                "total": f"{total.count:,}{'+' if total.is_capped else ''}",
                "narrowed": "" if chosen else query_shown(self.asked),
                "chosen": len(chosen),
                "has_people": self.export.has_people,
            }
        return found

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = form.cleaned_data
        try:
            export_start(
                told["kind"],
                may=self.may,
                format=told["format"],
                query=told["query"],
                is_plain=told.get("is_plain", False),
                reason=told.get("reason", ""),
            )
        except NotFound as error:
            # Some kinds need what only their list says: whose recipients, which member's orders.
            raise ExportRefused(_plain("没有可导出的内容，请从它的列表页打开导出")) from error
        toast(self.request, "success", _plain("正在生成文件，完成后可在这里下载"))
        return self.url("exports")

    @override
    def cancel_url(self) -> str:
        return self.url("exports")


class FileDownloadPage(ConsolePage):
    """The content as an attachment, part by part; each download is a line of the audit log."""

    permission = "exports.view"
    title = _("下载文件")
    nav_key = "exports"
    url_name = "file-download"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        file = file_take(str(kwargs["file_id"]), may=self.may)
        return attachment(parts_read(file), name=file.name, content_type=file.content_type)


def attachment(content: Any, *, name: str, content_type: str) -> StreamingHttpResponse:
    """A file that browsers save and never show."""
    return StreamingHttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name)
            or "attachment",
            "X-Content-Type-Options": "nosniff",
        },
    )


item_register(
    Item(
        key="exports",
        section="settings",
        label=ExportListPage.title,
        permission="exports.view",
        order=70,
    )
)
