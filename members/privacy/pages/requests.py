"""Page 47: what people asked for, how far it is, and the log of what they agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.privacy.models import Consent, PrivacyRequest, Purpose, RequestKind
from members.privacy.pages.words import (
    STATES,
    person_of,
    purpose_words,
    state_badge,
    tabs,
    way_words,
)
from members.privacy.selectors import (
    consents_listed,
    request_counts,
    request_get,
    request_job,
    request_state,
    requests_listed,
)
from scrm.access.scope import scope_refuse
from scrm.console.columns import Column, table_make
from scrm.console.elements import Action, Badge, Crumb
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ConsolePage, ListPage
from scrm.console.routes import Nav, page
from scrm.console.shell.work import job_actions, job_progress_of
from scrm.console.writing import datetime_text

_ROOMS = (
    Column(key="label", label=gettext_lazy("数据类别"), is_primary=True),
    Column(key="rows", label=gettext_lazy("条数"), kind="number"),
)


@page(
    "privacy/",
    name="privacy-requests",
    nav=Nav(section="members", label=gettext_lazy("隐私请求"), order=80),
)
class RequestListPage(ListPage):
    """Every request, the newest first."""

    permission = "members.export_person"
    template_name = "members/privacy/list.html"
    title = gettext_lazy("隐私请求")
    noun = gettext_lazy("个请求")
    search_hint = gettext_lazy("会员号")
    columns = (
        Column(
            key="member",
            label=gettext_lazy("会员"),
            kind="person",
            is_primary=True,
            value=lambda row: person_of(row.member),
        ),
        Column(key="kind", label=gettext_lazy("请求"), value=lambda row: row.get_kind_display()),
        Column(
            key="state",
            label=gettext_lazy("状态"),
            kind="status",
            value=lambda row: state_badge(request_state(row)),
        ),
        Column(key="reason", label=gettext_lazy("原因"), value="reason"),
        Column(key="requested_by", label=gettext_lazy("操作人"), value="requested_by"),
        Column(key="created_at", label=gettext_lazy("申请时间"), kind="datetime"),
        Column(key="done_at", label=gettext_lazy("完成时间"), kind="datetime"),
    )
    filters = (
        ChoiceFilter(key="kind", label=gettext_lazy("请求"), choices=RequestKind.choices),
        ChoiceFilter(key="state", label=gettext_lazy("状态"), choices=list(STATES.items())),
    )
    sorts = (Sort(key="-created", label=gettext_lazy("最新申请"), order=("-created_at", "-id")),)
    empty_title = gettext_lazy("还没有隐私请求")
    empty_text = gettext_lazy("会员要求查看或删除个人信息时，在会员详情的「隐私」里发起。")
    empty_icon = "shield-check"

    @property
    def tabs_shown(self) -> list[tuple[str, str, bool]]:
        """The lists of this page."""
        return tabs(self, "privacy-requests")

    @override
    def queryset(self, query: ListQuery) -> QuerySet[PrivacyRequest]:
        return requests_listed(
            kinds=query.all("kind"), states=query.all("state"), search=query.search
        )

    @override
    def row_label(self, row: PrivacyRequest) -> str:
        return f"{row.get_kind_display()} {row.member.member_no}"

    @override
    def row_url(self, row: PrivacyRequest) -> str:
        return self.url("privacy-request", request_id=row.public_id)


@page("privacy/consents/", name="privacy-consents")
class ConsentListPage(ListPage):
    """The log of what everybody said."""

    permission = "members.export_person"
    nav_key = "privacy-requests"
    template_name = "members/privacy/list.html"
    title = gettext_lazy("同意记录")
    noun = gettext_lazy("条记录")
    columns = (
        Column(
            key="member",
            label=gettext_lazy("会员"),
            kind="person",
            is_primary=True,
            value=lambda row: person_of(row.member),
        ),
        Column(
            key="purpose",
            label=gettext_lazy("用途"),
            value=lambda row: purpose_words(row.purpose),
        ),
        Column(
            key="is_given",
            label=gettext_lazy("表示"),
            kind="status",
            value=lambda row: Badge(_("同意"), "good") if row.is_given else Badge(_("拒绝"), "bad"),
        ),
        Column(key="source", label=gettext_lazy("途径"), value=lambda row: way_words(row.source)),
        Column(key="text_version", label=gettext_lazy("文本版本"), value="text_version"),
        Column(key="at", label=gettext_lazy("时间"), kind="datetime"),
    )
    filters = (
        ChoiceFilter(key="purpose", label=gettext_lazy("用途"), choices=Purpose.choices),
        ChoiceFilter(
            key="given",
            label=gettext_lazy("表示"),
            choices=[("yes", gettext_lazy("同意")), ("no", gettext_lazy("拒绝"))],
        ),
    )
    sorts = (Sort(key="-at", label=gettext_lazy("最新"), order=("-at", "-id")),)
    empty_title = gettext_lazy("还没有同意记录")
    empty_text = gettext_lazy("会员对营销、画像等用途的同意与拒绝会逐条记在这里。")
    empty_icon = "shield-check"

    @property
    def tabs_shown(self) -> list[tuple[str, str, bool]]:
        """The lists of this page."""
        return tabs(self, "privacy-consents")

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Consent]:
        return consents_listed(purposes=query.all("purpose"), given=query.all("given"))

    @override
    def row_label(self, row: Consent) -> str:
        return f"{purpose_words(row.purpose)} {row.member.member_no}"


@page("privacy/requests/<str:request_id>/", name="privacy-request")
class RequestPage(ConsolePage):
    """One request: its progress, and what it came to."""

    permission = "members.export_person"
    nav_key = "privacy-requests"
    template_name = "members/privacy/request.html"

    @cached_property
    def asked(self) -> PrivacyRequest:
        scope_refuse()
        return request_get(str(self.kwargs["request_id"]))

    @override
    def heading(self) -> str:
        return f"{self.asked.get_kind_display()} · {self.asked.member.member_no}"

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("隐私请求"), self.url("privacy-requests"))]

    @override
    def actions(self) -> Sequence[Action]:
        job = request_job(self.asked)
        if job is None:
            return ()
        return [each for each in job_actions(self, job, with_retry=True) if each.label != _("取消")]

    @override
    def context(self) -> dict[str, object]:
        asked, job = self.asked, request_job(self.asked)
        slug = self.request.tenant.slug
        facts: list[tuple[str, object]] = [
            (_("会员号"), asked.member.member_no),
            (_("原因"), asked.reason or "—"),
            (_("操作人"), asked.requested_by or _("系统")),
            (_("申请时间"), datetime_text(asked.created_at)),
            (_("完成时间"), datetime_text(asked.done_at) if asked.done_at else "—"),
        ]
        rooms = request_counts(asked)
        return {
            "asked": asked,
            "badge": state_badge(request_state(asked)),
            "job": job_progress_of(job, tenant_slug=slug) if job is not None else None,
            "facts": facts,
            "is_erase": asked.kind == RequestKind.ERASE,
            "rooms": table_make(caption=str(_("处理的数据")), columns=_ROOMS, rows=rooms),
        }
