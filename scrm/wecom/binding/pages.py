"""Page 44 企微接入: the binding with live checks, the callback's keys, the sync and the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column, Table, table_make
from scrm.console.elements import Action, Badge, Crumb, Kpi, Step, Tone
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import FormPage
from scrm.console.pages.lists import ListPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page
from scrm.console.shell.work import job_progress_of
from scrm.console.writing import datetime_text, thousands
from scrm.core.errors import DomainError, ErrorKind
from scrm.wecom.binding import selectors, services
from scrm.wecom.binding.forms import BindForm
from scrm.wecom.callbacks.services import callback_replay
from scrm.wecom.models import CallbackEvent, CorpState, InboxState

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import BaseForm

    from scrm.wecom.binding.selectors import CorpOverview

_TONES: dict[str, Tone] = {
    InboxState.WAITING: "neutral",
    InboxState.WORKING: "info",
    InboxState.DONE: "good",
    InboxState.IGNORED: "muted",
    InboxState.FAILED: "bad",
}
_CORP_TONES: dict[str, Tone] = {CorpState.ACTIVE: "good", CorpState.STOPPED: "bad"}
_TYPE_WORDS = {
    ("change_external_contact", "add_external_contact"): _("添加客户"),
    ("change_external_contact", "add_half_external_contact"): _("客户免验证添加"),
    ("change_external_contact", "edit_external_contact"): _("修改客户备注"),
    ("change_external_contact", "del_external_contact"): _("成员删除客户"),
    ("change_external_contact", "del_follow_user"): _("客户删除成员"),
    ("change_external_contact", "transfer_fail"): _("客户接替失败"),
    ("change_external_tag", "create"): _("新建企业标签"),
    ("change_external_tag", "update"): _("修改企业标签"),
    ("change_external_tag", "delete"): _("删除企业标签"),
    ("change_external_tag", "shuffle"): _("企业标签重新排序"),
    ("change_contact", "create_user"): _("新增成员"),
    ("change_contact", "update_user"): _("修改成员"),
    ("change_contact", "delete_user"): _("删除成员"),
    ("change_contact", "create_party"): _("新建部门"),
    ("change_contact", "update_party"): _("修改部门"),
    ("change_contact", "delete_party"): _("删除部门"),
    ("change_external_chat", "create"): _("新建客户群"),
    ("change_external_chat", "update"): _("客户群变更"),
    ("change_external_chat", "dismiss"): _("客户群解散"),
}


def callback_words(row: CallbackEvent) -> str:
    """What the callback says, in words."""
    if not row.type:
        return str(_("尚未解析"))
    known = _TYPE_WORDS.get((row.type, row.change))
    return str(known) if known is not None else f"{row.type} {row.change}".strip()


def state_badge(row: CallbackEvent) -> Badge:
    """What became of the callback."""
    return Badge(InboxState(row.state).label, _TONES.get(row.state, "neutral"))


_COLUMNS = (
    Column(key="type", label=_("事件"), value=callback_words, is_primary=True),
    Column(key="state", label=_("状态"), kind="status", value=state_badge),
    Column(key="received_at", label=_("收到时间"), kind="datetime"),
    Column(key="processed_at", label=_("处理时间"), kind="datetime", on_phone=False),
    Column(key="tries", label=_("处理次数"), kind="number", on_phone=False),
    Column(key="error", label=_("说明")),
)


@page("settings/wecom/", name="wecom-connection", nav=Nav(section="settings", order=20))
class ConnectionPage(ConsolePage):
    """How the brand's WeCom is connected."""

    permission = "wecom.view"
    title = _("企微接入")
    template_name = "wecom/binding/connection.html"

    @override
    def context(self) -> dict[str, object]:
        corps = list(selectors.corp_list().order_by("pk"))
        asked = self.request.GET.get("corp", "")
        corp = next(
            (found for found in corps if found.public_id == asked), corps[0] if corps else None
        )
        if corp is None:
            return {"overview": None, "bind": self._bind(is_first=True)}
        base_url = self.request.build_absolute_uri("/")
        overview = selectors.corp_overview(corp=corp, base_url=base_url)
        recent = selectors.callback_list().filter(corp=corp).order_by("-received_at", "-id")[:10]
        return {
            "overview": overview,
            "corps": [
                (found.name, f"?corp={found.public_id}", found.pk == corp.pk) for found in corps
            ],
            "state": Badge(CorpState(corp.state).label, _CORP_TONES.get(corp.state, "neutral")),
            "steps": [
                Step("credentials", _("填写凭证")),
                Step("callback", _("配置回调")),
                Step("sync", _("首次同步")),
            ],
            "active_step": _active_step(overview),
            "keys": self._keys(overview),
            "figures": _figures(overview, self.url("wecom-callbacks")),
            "progress": self._progress(overview),
            "inbox": self._inbox(recent),
            "may_manage": self.may("wecom.manage"),
        }

    def _keys(self, overview: CorpOverview) -> list[tuple[str, str, str]]:
        """Label, id and text of what is entered at WeCom; the secrets only for who may manage them."""
        rows = [(str(_("URL")), "callback-url", overview.callback_url)]
        if self.may("wecom.manage"):
            rows += [
                ("Token", "callback-token", overview.corp.token),
                ("EncodingAESKey", "callback-aes-key", overview.corp.aes_key),
            ]
        return rows

    def _progress(self, overview: CorpOverview) -> object:
        if overview.job is None:
            return None
        return job_progress_of(overview.job, tenant_slug=self.request.tenant.slug)

    def _inbox(self, rows: Sequence[CallbackEvent] | QuerySet[CallbackEvent]) -> Table:
        return table_make(
            caption=str(_("最近回调")),
            columns=_COLUMNS,
            rows=list(rows),
            row_url=lambda row: self.url("wecom-callback", callback_id=row.public_id),
        )

    def _bind(self, *, is_first: bool = False) -> Action:
        return Action(
            label=_("绑定企业微信") if is_first else _("绑定或更换密钥"),
            href=self.url("wecom-bind"),
            icon="plug" if is_first else "key",
            is_primary=is_first,
            permission="wecom.manage",
        )

    @override
    def actions(self) -> Sequence[Action]:
        return [self._bind()]


def _active_step(overview: CorpOverview) -> str:
    """Where the set-up stands; empty when it is complete."""
    if overview.corp.state != CorpState.ACTIVE:
        return "credentials"
    if overview.corp.callback_verified_at is None and overview.inbox.last_at is None:
        return "callback"
    return "" if overview.sync is not None and overview.sync.phase == "done" else "sync"


def _figures(overview: CorpOverview, inbox_url: str) -> list[Kpi]:
    inbox, welcomes, sync = overview.inbox, overview.welcomes, overview.sync
    last = datetime_text(inbox.last_at) if inbox.last_at else str(_("还没有收到"))
    return [
        Kpi(label=_("近 7 日回调"), value=thousands(inbox.total), note=last, href=inbox_url),
        Kpi(label=_("待处理"), value=thousands(inbox.waiting), href=f"{inbox_url}?state=waiting"),
        Kpi(label=_("处理失败"), value=thousands(inbox.failed), href=f"{inbox_url}?state=failed"),
        Kpi(
            label=_("近 7 日欢迎语"),
            value=f"{thousands(welcomes.sent)} / {thousands(welcomes.total)}",
            note=_("已发送 / 收到的欢迎语凭证"),
        ),
        Kpi(label=_("已同步客户"), value=thousands(sync.contact_count if sync else 0)),
    ]


@page("settings/wecom/bind/", name="wecom-bind")
class BindPage(FormPage):
    """Enter the credentials; WeCom is asked before anything is kept."""

    permission = "wecom.manage"
    title = _("绑定企业微信应用")
    nav_key = "wecom-connection"
    form_class = BindForm
    form_intro = "wecom/binding/_bind_intro.html"
    submit_label = _("检查并绑定")
    holds_transaction = False

    @override
    def initial(self) -> dict[str, Any]:
        corp = selectors.corp_list().order_by("pk").first()
        return (
            {}
            if corp is None
            else {"name": corp.name, "corp_id": corp.corp_id, "agent_id": corp.agent_id}
        )

    @override
    def save(self, form: BaseForm) -> str:
        corp = services.corp_bind(**form.cleaned_data)
        toast(self.request, "success", str(_("已绑定，正在首次同步")))
        return f"{self.cancel_url()}?corp={corp.public_id}"

    @override
    def cancel_url(self) -> str:
        return self.url("wecom-connection")

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("企微接入"), self.url("wecom-connection"))]


class ActPage(ConsolePage):
    """A button: acts, says how it went, and goes back to a page."""

    permission = "wecom.manage"
    nav_key = "wecom-connection"
    http_method_names = ["post"]

    def back(self) -> str:
        """The page the button stands on."""
        return f"{self.url('wecom-connection')}?corp={self.kwargs['corp_id']}"

    @override
    def refused(self, refusal: DomainError) -> HttpResponse:
        if refusal.kind in {ErrorKind.NOT_FOUND, ErrorKind.FORBIDDEN}:
            return super().refused(refusal)
        toast(self.request, "error", str(refusal))
        return self.go(self.back())


@page("settings/wecom/<str:corp_id>/check/", name="wecom-check")
class CheckPage(ActPage):
    """Run the live checks again."""

    holds_transaction = False

    def post(self, request: HttpRequest, corp_id: str) -> HttpResponse:
        corp = services.corp_check(public_id=corp_id)
        is_good = all(check["is_ok"] for check in corp.checks)
        words = _("全部检查通过") if is_good else _("检查未通过，请看下方说明")
        toast(request, "success" if is_good else "error", str(words))
        return self.go(self.back())


@page("settings/wecom/<str:corp_id>/sync/", name="wecom-sync")
class SyncPage(ActPage):
    """Start the reconciliation now."""

    def post(self, request: HttpRequest, corp_id: str) -> HttpResponse:
        services.corp_sync(public_id=corp_id)
        toast(request, "success", str(_("同步已开始")))
        return self.go(self.back())


@page("settings/wecom/callbacks/", name="wecom-callbacks")
class CallbackListPage(ListPage):
    """Everything WeCom told us, newest first."""

    permission = "wecom.view"
    title = _("回调记录")
    nav_key = "wecom-connection"
    noun = _("条")
    search_hint = _("客户 ID / 成员 ID / 回调编号")
    empty_title = _("还没有收到回调")
    empty_text = _("在企业微信后台保存回调地址后，客户的添加、删除和修改会出现在这里。")
    columns: ClassVar[Sequence[Column]] = _COLUMNS
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(key="state", label=_("状态"), choices=InboxState.choices),
        ChoiceFilter(
            key="type",
            label=_("事件类型"),
            choices=[
                ("change_external_contact", _("客户变更")),
                ("change_external_tag", _("标签变更")),
                ("change_contact", _("成员与部门变更")),
                ("change_external_chat", _("客户群变更")),
            ],
        ),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-received", label=_("最新收到"), order=("-received_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[CallbackEvent]:
        return selectors.callback_list(
            states=query.all("state"), types=query.all("type"), search=query.search
        )

    @override
    def row_label(self, row: CallbackEvent) -> str:
        return callback_words(row)

    @override
    def row_url(self, row: CallbackEvent) -> str:
        return self.url("wecom-callback", callback_id=row.public_id)

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("企微接入"), self.url("wecom-connection"))]


@page("settings/wecom/callbacks/<str:callback_id>/", name="wecom-callback")
class CallbackPage(ConsolePage):
    """One callback as it came, and the button that processes it again."""

    permission = "wecom.view"
    nav_key = "wecom-connection"
    title = _("回调详情")
    template_name = "wecom/binding/callback.html"

    @override
    def context(self) -> dict[str, object]:
        row = selectors.callback_get(public_id=self.kwargs["callback_id"])
        return {
            "row": row,
            "words": callback_words(row),
            "badge": state_badge(row),
            "replay_url": self.url("wecom-callback-replay", callback_id=row.public_id),
            "may_replay": self.may("wecom.manage")
            and row.state not in {InboxState.WAITING, InboxState.WORKING},
        }

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [
            Crumb(_("企微接入"), self.url("wecom-connection")),
            Crumb(_("回调记录"), self.url("wecom-callbacks")),
        ]


@page("settings/wecom/callbacks/<str:callback_id>/replay/", name="wecom-callback-replay")
class ReplayPage(ActPage):
    """Process a callback again."""

    @override
    def back(self) -> str:
        return self.url("wecom-callback", callback_id=self.kwargs["callback_id"])

    def post(self, request: HttpRequest, callback_id: str) -> HttpResponse:
        callback_replay(public_id=callback_id)
        toast(request, "success", str(_("已重新放入处理队列")))
        return self.go(self.back())
