"""GMV, friends, members and points of today beside yesterday's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from analytics.overview.doors import BOUGHT, JOINED, between, members_url
from analytics.overview.rules import Period
from analytics.overview.tiles import money
from analytics.overview.workbench.selectors import two_days
from scrm.console.elements import Kpi
from scrm.console.workbench import TodaySource, today_register
from scrm.console.writing import datetime_text, thousands

if TYPE_CHECKING:
    from scrm.console.pages.base import ConsolePage


def today_figures(page: ConsolePage) -> Sequence[Kpi]:
    """Five figures; those of people open the member list, the others the overview of today."""
    found = two_days()
    now, then = found.now, found.then
    period = Period(first=found.day, last=found.day)
    members = page.url("members-list") if page.may("members.view") else ""
    day = f"{page.url('analytics-overview')}?from={found.day}&to={found.day}"
    fresh = (
        _("数据截至 %(at)s") % {"at": datetime_text(found.as_of)}
        if found.as_of is not None
        else _("今天还没有数据")
    )

    def tile(label: str, value: str, before: str, href: str, what: str) -> Kpi:
        return Kpi(
            label=label,
            value=value,
            note=_("昨天全天 %(before)s") % {"before": before},
            href=href,
            explain=f"{what} {fresh}",
        )

    bought = members_url(members, **{BOUGHT: between(period)})
    joined = members_url(members, **{JOINED: between(period)})
    return [
        tile(_("今日 GMV"), money(now.gmv_fen), money(then.gmv_fen), bought or day,
             _("今天付款且未取消的订单金额。")),
        tile(_("新增好友"), thousands(now.new_friends), thousands(then.new_friends), day,
             _("今天新加的企业微信好友。")),
        tile(_("流失好友"), thousands(now.lost_friends), thousands(then.lost_friends), day,
             _("今天删除或被删除的企业微信好友。")),
        tile(_("新会员"), thousands(now.new_members), thousands(then.new_members), joined or day,
             _("今天入会的会员。")),
        tile(_("积分发放"), thousands(now.points_issued), thousands(then.points_issued), day,
             _("今天入账的积分，含待生效。")),
    ]  # fmt: skip


today_register(TodaySource(key="overview", permission="analytics.view", load=today_figures))
