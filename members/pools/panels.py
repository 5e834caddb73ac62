"""Stage, pool and contribution on the member's page, and how they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.activity.names import activity_label
from members.activity.panels import seconds_words
from members.lifecycle.models import Pool, Stage
from members.lifecycle.selectors import (
    pool_badge,
    score_text,
    stage_badge,
)
from members.pools.models import MoveCause
from members.pools.pages.screening import verdict_badge
from members.pools.rules import is_back
from members.pools.selectors import Way, standing_of, ways_of
from scrm.console.elements import TimelineEntry
from scrm.console.panels import Panel, TimelineSource, panel_register, timeline_register
from scrm.console.writing import thousands
from scrm.core import clock
from scrm.tenants.context import current_tenant

_DAYS_WORDS = gettext_lazy("%(n)s 天")


def _rail(member_id: int) -> Mapping[str, object]:
    """A member's place in life and among the pools."""
    tenant = current_tenant()
    today = clock.local_date(clock.now(), tenant.timezone)
    row: Any = standing_of(member_id, day=today)
    if row is None:
        return {"pulse": None}
    pairs: list[tuple[str, str]] = []
    if row.last_active_date is not None:
        days = str(_DAYS_WORDS) % {"n": thousands(max((today - row.last_active_date).days, 0))}
        pairs.append((_("距上次活跃"), days))
    pairs += [
        (_("近 7 天活跃"), str(_DAYS_WORDS) % {"n": row.active_days_7}),
        (_("近 7 天访问"), seconds_words(row.visit_seconds_7)),
        (_("近 7 天使用"), _("%(n)s 次") % {"n": thousands(row.app_uses_7)}),
    ]
    pairs += [
        (activity_label(act["name"]), _("%(n)s 次") % {"n": act["n"]}) for act in row.value_acts
    ]
    parts = (
        (_("消费"), row.score_spend),
        (_("互动"), row.score_interaction),
        (_("社交"), row.score_social),
    )
    return {
        "pulse": row,
        "stage": stage_badge(row.stage) if row.stage_since is not None else None,
        "pool": pool_badge(row.pool),
        "score": score_text(row.score),
        "parts": [(label, score_text(value), value) for label, value in parts],
        "pairs": pairs,
        "verdict": verdict_badge(row.verdict) if row.verdict else None,
    }


def _ways(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    return [
        _stage_entry(way) if way.what == "stage" else _pool_entry(way)
        for way in ways_of(member_id, before=before, limit=limit)
    ]


def _stage_entry(way: Way) -> TimelineEntry:
    return TimelineEntry(
        at=way.at,
        title=_("生命周期：%(stage)s") % {"stage": Stage(way.after).label},
        body=_("原为%(stage)s") % {"stage": Stage(way.before).label} if way.before else "",
        icon="activity",
        tone=stage_badge(way.after).tone,
        kind="stage",
    )


def _pool_entry(way: Way) -> TimelineEntry:
    parts = (str(MoveCause(way.cause).label), way.reason, way.actor)
    return TimelineEntry(
        at=way.at,
        title=_("%(before)s → %(after)s")
        % {"before": Pool(way.before).label, "after": Pool(way.after).label},
        body=_(" · ").join(part for part in parts if part),
        icon="arrows-exchange",
        tone="warn" if is_back(way.before, way.after) else "good",
        kind="pool",
    )


panel_register(
    Panel(
        key="pulse",
        slot="rail",
        label=gettext_lazy("生命周期与粉丝池"),
        template="members/pools/_rail.html",
        load=_rail,
        permission="pools.view",
        order=8,
    )
)
timeline_register(
    TimelineSource(
        key="pools",
        label=gettext_lazy("生命周期与粉丝池"),
        load=_ways,
        permission="pools.view",
        order=46,
    )
)
