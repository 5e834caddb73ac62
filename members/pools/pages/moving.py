"""Put members into a pool by hand, and everything that moved."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from typing_extensions import override

from members.lifecycle.models import Pool
from members.lifecycle.selectors import pool_badge
from members.people.pages.tagging import TagPage
from members.pools.models import MoveCause, PoolMove
from members.pools.pages.words import person_of, tabs
from members.pools.rules import LONGEST_REASON
from members.pools.selectors import moves_listed
from members.pools.services import pools_move, pools_move_undo
from scrm.console.columns import Column
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ListPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.console.undo import UndoKind, undo_offer, undo_register

undo_register(UndoKind(key="pools.moved", permission="pools.edit", apply=pools_move_undo))


class MoveForm(forms.Form):
    """Where to, and why."""

    pool = forms.ChoiceField(
        label=gettext_lazy("移动到"),
        choices=[
            (Pool.CORE, Pool.CORE.label),
            (Pool.TERRITORY, Pool.TERRITORY.label),
            (Pool.PUBLIC, Pool.PUBLIC.label),
        ],
        help_text=gettext_lazy("铁杆粉只由规则产生。退回的会员不再按规则前进，直到再次手工移动。"),
    )
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=LONGEST_REASON)


@page("members/pool/", name="members-pool")
class MembersPoolPage(TagPage):
    """Put the chosen members, or everybody the list finds, into a pool."""

    permission = "pools.edit"
    title = gettext_lazy("移动粉丝池")
    form_class = MoveForm  # type: ignore[assignment]  # the way of choosing members is shared, not the form
    form_intro = "members/pools/_move_intro.html"
    submit_label = gettext_lazy("移动")
    undo_key = "pools.moved"

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = form.cleaned_data
        done = pools_move(self.chosen, to=told["pool"], reason=told["reason"])
        undo = undo_offer(self.request, self.undo_key, done.undo) if done.undo else ""
        text = ngettext("已移动 %(count)s 位会员", "已移动 %(count)s 位会员", done.count)
        toast(self.request, "success", text % {"count": done.count}, undo_url=undo)
        return self.way_back()

    def way_back(self) -> str:
        """Where the act began."""
        came_from = self.request.GET.get("back", "")
        if came_from:
            return self.url("members-detail", member_id=came_from)
        back = self.request.GET.copy()
        for key in ("ids", "scope"):
            back.pop(key, None)
        query = back.urlencode()
        return f"{self.url('members-list')}?{query}" if query else self.url("members-list")


@page("pools/moves/", name="pools-moves")
class PoolMovesPage(ListPage):
    """Every move, newest first."""

    permission = "pools.view"
    nav_key = "pools"
    template_name = "members/pools/list.html"
    title = gettext_lazy("粉丝池移动记录")
    noun = gettext_lazy("次移动")
    search_hint = gettext_lazy("会员号")
    columns = (
        Column(
            key="member",
            label=gettext_lazy("会员"),
            kind="person",
            is_primary=True,
            value=lambda row: person_of(row.member),
        ),
        Column(
            key="before",
            label=gettext_lazy("从"),
            kind="tag",
            value=lambda row: pool_badge(row.before),
        ),
        Column(
            key="after",
            label=gettext_lazy("到"),
            kind="tag",
            value=lambda row: pool_badge(row.after),
        ),
        Column(key="at", label=gettext_lazy("时间"), kind="datetime"),
        Column(key="cause", label=gettext_lazy("原因"), value=PoolMove.get_cause_display),
        Column(key="reason", label=gettext_lazy("说明"), value=lambda row: row.reason or None),
        Column(key="actor", label=gettext_lazy("操作人"), value=lambda row: row.actor or _("系统")),
    )
    filters = (
        ChoiceFilter(key="pool", label=gettext_lazy("到"), choices=Pool.choices),
        ChoiceFilter(key="cause", label=gettext_lazy("原因"), choices=MoveCause.choices),
    )
    sorts = (Sort(key="-at", label=gettext_lazy("最新移动"), order=("-at", "-id")),)
    empty_title = gettext_lazy("还没有移动")
    empty_text = gettext_lazy("会员完成核心行为、贡献值达标或被手工移动后，会记在这里。")
    empty_icon = "arrows-exchange"

    @property
    def tabs_shown(self) -> list[tuple[str, str, bool]]:
        """The pages of pools."""
        return tabs(self, "pools-moves")

    @override
    def queryset(self, query: ListQuery) -> QuerySet[PoolMove]:
        return moves_listed(pools=query.all("pool"), causes=query.all("cause"), search=query.search)

    @override
    def row_label(self, row: PoolMove) -> str:
        return str(row.member.member_no)

    @override
    def row_url(self, row: PoolMove) -> str:
        if not self.may("members.view"):
            return ""
        return self.url("members-detail", member_id=row.member.public_id)
