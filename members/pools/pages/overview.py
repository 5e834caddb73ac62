"""Pools with counts and flows, the way to a thousand true fans, and what the pools are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.lifecycle.models import Pool, Stage
from members.lifecycle.rules import BEST
from members.lifecycle.selectors import Standing, pulse_day, standing
from members.pools.doors import actions_now
from members.pools.pages.words import members_url, tabs
from members.pools.selectors import (
    Conversion,
    Flow,
    conversions,
    flows,
    purposes,
    screenings_waiting,
)
from members.pools.waist import waist_segment
from members.pools.words import action_words
from scrm.console.charts import Part, PartChart
from scrm.console.columns import Column, table_make
from scrm.console.elements import Action, Kpi
from scrm.console.pages import ConsolePage
from scrm.console.routes import Nav, page
from scrm.console.writing import bp_text, date_text, thousands
from scrm.tenants.settings import setting

_BP = 10_000
# What few members can bring (M-27): a line to compare with, no target.
REFERENCE_BP = 7_000


@dataclass(frozen=True, kw_only=True)
class StageRow:
    """A stage with its members and its share of the revenue."""

    label: str
    members: int
    net_fen: int
    share_bp: int
    href: str


@page(
    "pools/",
    name="pools",
    nav=Nav(section="members", label=gettext_lazy("粉丝池"), order=35),
)
class PoolsPage(ConsolePage):
    """Where everybody stands between the public and a true fan."""

    permission = "pools.view"
    title = gettext_lazy("粉丝池")
    template_name = "members/pools/overview.html"

    @property
    def tabs_shown(self) -> list[tuple[str, str, bool]]:
        """The pages of pools."""
        return tabs(self, "pools")

    @override
    def subtitle(self) -> str:
        day = pulse_day()
        if day is None:
            return _("首次夜间计算后显示")
        return _("生命周期与贡献值截至 %(day)s；粉丝池实时") % {"day": date_text(day)}

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("设置核心行为"),
                href=self.url("pools-actions"),
                icon="settings",
                permission="pools.edit",
            ),
        )

    @override
    def context(self) -> dict[str, Any]:
        found, moved = standing(), flows()
        target = int(setting("true_fan.target"))
        fans = found.pools[Pool.TRUE_FAN]
        waist = waist_segment()
        return {
            "has_members": found.members > 0,
            "kpis": [self._kpi(pool, found, moved) for pool in Pool],
            "funnel": self._funnel(found),
            "fans": thousands(fans),
            "target": thousands(target),
            "fans_bp": min(fans * _BP // target, _BP),
            "fans_url": members_url(self, pool__stage=[Pool.TRUE_FAN]),
            "fan_rule": self._fan_rule(),
            "conversions": table_make(
                caption=_("30 天转化"), columns=_CONVERSIONS, rows=conversions(found, moved)
            ),
            "stages": table_make(
                caption=_("生命周期"), columns=self._stage_columns(), rows=self._stages(found)
            ),
            "best_bp": found.best_fen * _BP // found.net_fen if found.net_fen else 0,
            "best_text": bp_text(found.best_fen * _BP // found.net_fen) if found.net_fen else "",
            "best_members": thousands(found.best_members),
            "best_url": members_url(self, lifecycle__stage=BEST),
            "reference": bp_text(REFERENCE_BP, 0),
            "purposes": table_make(
                caption=_("地域流量池的三个作用"), columns=_PURPOSES, rows=purposes()
            ),
            "core_actions": [action_words(action) for action in actions_now()],
            "waiting": screenings_waiting(),
            "screening_url": f"{self.url('pools-screening')}?verdict=pending",
            "actions_url": self.url("pools-actions") if self.may("pools.edit") else "",
            "waist_url": self.url("segments-edit", segment_id=waist.public_id)
            if waist is not None and self.may("segments.view")
            else "",
            "waist_members": thousands(waist.size or 0) if waist is not None else "",
        }

    def _kpi(self, pool: Pool, found: Standing, moved: Sequence[Flow]) -> Kpi:
        came = sum(flow.members for flow in moved if flow.after == pool)
        left = sum(flow.members for flow in moved if flow.before == pool)
        return Kpi(
            label=pool.label,
            value=thousands(found.pools[pool]),
            note=_("30 天进入 %(came)s · 离开 %(left)s")
            % {"came": thousands(came), "left": thousands(left)},
            href=members_url(self, pool__stage=[pool]),
        )

    def _funnel(self, found: Standing) -> PartChart:
        """Everybody who has come at least so far."""
        pools = list(Pool)
        parts = []
        for place, pool in enumerate(pools):
            rest = pools[place:]
            name = _("全部会员") if not place else str(pool.label)
            if 0 < place < len(pools) - 1:
                name = _("%(pool)s及以上") % {"pool": pool.label}
            parts.append(
                Part(
                    name=name,
                    value=sum(found.pools[each] for each in rest),
                    href=members_url(self, pool__stage=rest),
                )
            )
        return PartChart(kind="funnel", parts=parts)

    def _fan_rule(self) -> str:
        return _(
            "核心粉丝池中忠诚或热爱、贡献值不低于 %(points)s 分、180 天内有发布内容或推荐成交的会员；粉丝数不参与判断"
        ) % {"points": setting("true_fan.min_contribution")}

    def _stages(self, found: Standing) -> list[StageRow]:
        total = found.net_fen
        return [
            StageRow(
                label=str(Stage(each.stage).label),
                members=each.members,
                net_fen=each.net_fen,
                share_bp=each.net_fen * _BP // total if total else 0,
                href=members_url(self, lifecycle__stage=[each.stage]),
            )
            for each in found.stages
        ]

    def _stage_columns(self) -> Sequence[Column]:
        may_list = self.may("members.view")
        return (
            Column(key="label", label=_("阶段"), is_primary=True),
            Column(
                key="members",
                label=_("会员"),
                kind="number",
                href=(lambda row: row.href) if may_list else None,
            ),
            Column(key="net_fen", label=_("近 365 天净消费"), kind="yuan"),
            Column(key="share_bp", label=_("占比"), kind="bp"),
        )


def _way(row: Conversion) -> str:
    return f"{Pool(row.before).label} → {Pool(row.after).label}"


_CONVERSIONS = (
    Column(key="way", label=gettext_lazy("环节"), is_primary=True, value=_way),
    Column(key="moved", label=gettext_lazy("30 天前进"), kind="number"),
    Column(key="rate_bp", label=gettext_lazy("转化率"), kind="bp"),
)
_PURPOSES = (
    Column(key="month", label=gettext_lazy("月份"), is_primary=True),
    Column(key="passed", label=gettext_lazy("进入核心池"), kind="number"),
    Column(key="net_fen", label=gettext_lazy("净收入"), kind="yuan"),
    Column(key="referred", label=gettext_lazy("带来的买家"), kind="number"),
)
