"""The bell: what people should hear, newest first, and who has seen it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column
from scrm.console.components.basic import icon
from scrm.console.elements import Action, Badge, Tone
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.gate import permissions_held
from scrm.console.navigation import badges_for
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import ActPage
from scrm.console.pages.lists import ListPage
from scrm.console.requests import ConsoleRequest, toast
from scrm.console.routes import page
from scrm.events.notices import (
    NOTICE_KINDS,
    notice_read,
    notice_seen,
    notice_words,
    notices_for,
    notices_read_all,
    notices_unread,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from scrm.events.models import Notice

_IN_MENU = 8


def reader_of(request: ConsoleRequest) -> dict[str, Any]:
    """Whose notices: the person, and the permissions held in this brand."""
    return {
        "operator_id": request.operator.pk,
        "permissions": permissions_held(request.membership),
    }


def _title(notice: Notice) -> SafeString:
    kind = NOTICE_KINDS.get(notice.kind)
    title = notice_words(notice.title, notice.values)
    text = notice_words(notice.text, notice.values)
    return format_html(
        '<span class="notice-line{}">{}<span><span class="notice-title">{}</span>'
        '<span class="notice-text">{}</span></span></span>',
        "" if getattr(notice, "is_read", True) else " is-unread",
        icon(kind.icon if kind else "bell"),
        title,
        text,
    )


def _kind_badge(notice: Notice) -> Badge:
    kind = NOTICE_KINDS.get(notice.kind)
    tones: dict[str, Tone] = {"good": "good", "warn": "warn", "bad": "bad"}
    return Badge(
        kind.label if kind else notice.kind, tones.get(kind.tone if kind else "", "neutral")
    )


def _state_badge(notice: Notice) -> Badge:
    is_read = getattr(notice, "is_read", True)
    return Badge(gettext("已读")) if is_read else Badge(gettext("未读"), "info")


def _kinds() -> list[tuple[str, Any]]:
    return [(kind.key, kind.label) for kind in NOTICE_KINDS.values()]


class NoticeListPage(ListPage):
    """Everything this person was told in this brand."""

    permission = ""
    title = _("通知")
    nav_key = "notices"
    url_name = "notices"
    noun = _("条通知")
    empty_title = _("还没有通知")
    empty_text = _("任务失败、回调中断、待审批等需要你知道的事会出现在这里。")
    empty_icon = "bell"
    columns: ClassVar[Sequence[Column]] = (
        Column(key="title", label=_("通知"), kind="html", value=_title, is_primary=True),
        Column(key="kind", label=_("类型"), kind="tag", value=_kind_badge),
        Column(key="state", label=_("状态"), kind="status", value=_state_badge),
        Column(key="created_at", label=_("时间"), kind="datetime"),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(
            key="state",
            label=_("状态"),
            choices=[("unread", _("未读")), ("read", _("已读"))],
            is_single=True,
        ),
        ChoiceFilter(key="kind", label=_("类型"), choices=_kinds),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-created", label=_("最新"), order=("-created_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Notice]:
        found = notices_for(**reader_of(self.request))
        state = query.one("state")
        if state:
            seen = notice_seen(self.request.operator.pk)
            found = found.filter(seen if state == "read" else ~seen)
        kinds = query.all("kind")
        return found.filter(kind__in=kinds) if kinds else found

    @override
    def row_url(self, row: Notice) -> str:
        return self.url("notice", notice_id=row.public_id)

    @override
    def row_label(self, row: Notice) -> str:
        return notice_words(row.title, row.values)

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=gettext("全部标为已读"),
                href=self.url("notices-read"),
                icon="check",
                method="post",
            ),
        )


class NoticeMenuPart(ConsolePage):
    """The newest few, under the bell."""

    permission = ""
    nav_key = "notices"
    url_name = "notices-menu"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        newest = notices_for(**reader_of(self.request)).order_by("-created_at", "-id")[:_IN_MENU]
        items = [
            (self.url("notice", notice_id=notice.public_id), _title(notice), notice.created_at)
            for notice in newest
        ]
        return self.fragment(
            "console/shell/_notices.html", {"items": items, "list_url": self.url("notices")}
        )


@page("bell/", name="notices-count")
class NoticeCountPart(ConsolePage):
    """The figures on the bell and in the navigation; fetched beside the page, so that no page waits for them."""

    permission = ""
    nav_key = "notices"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        count = notices_unread(**reader_of(self.request))
        badges = list(badges_for(self.may).items())
        return self.fragment(
            "console/shell/_notices_count.html", {"count": count, "badges": badges}
        )


class NoticeOpenPage(ConsolePage):
    """Seen: on to what it is about."""

    permission = ""
    nav_key = "notices"
    url_name = "notice"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        notice = notice_read(str(kwargs["notice_id"]), **reader_of(self.request))
        try:
            address = self.url(notice.page, **notice.arguments) if notice.page else ""
        except NoReverseMatch:  # the page went away with its app
            address = ""
        return redirect(address or self.url("notices"))


class NoticesReadAct(ActPage):
    """Everything seen."""

    permission = ""
    nav_key = "notices"
    url_name = "notices-read"

    @override
    def act(self) -> str:
        count = notices_read_all(**reader_of(self.request))
        told = ngettext("%(count)s 条通知已标为已读", "%(count)s 条通知已标为已读", count)
        toast(self.request, "success", told % {"count": count})
        return self.url("notices")
