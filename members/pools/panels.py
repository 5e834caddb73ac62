"""Stage, pool and contribution on the member's page, and how they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.activity.names import activity_label
from members.activity.panels import seconds_words
from members.activity.selectors import value_acts_of
from members.lifecycle.models import Pool, Stage
from members.lifecycle.selectors import (
    pool_badge,
    pulse_of,
    score_text,
    stage_badge,
    stage_moves_before,
)
from members.pools.models import MoveCause
from members.pools.pages.screening import verdict_badge
from members.pools.rules import is_back
from members.pools.selectors import moves_of, screening_of
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
    row, screening = pulse_of(member_id), screening_of(member_id)
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
    acts = value_acts_of(member_id, day=today)
    pairs += [(activity_label(name), _("%(n)s 次") % {"n": n}) for name, n in acts.items()]
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
        "verdict": verdict_badge(screening) if screening is not None else None,
    }


def _stages(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    zone = current_tenant().timezone
    entries = []
    for row in stage_moves_before(member_id, day=clock.local_date(before, zone), limit=limit):
        at = clock.local_midnight(row.as_of, zone)
        if at >= before:
            continue
        was = _("原为%(stage)s") % {"stage": Stage(row.before).label} if row.before else ""
        entries.append(
            TimelineEntry(
                at=at,
                title=_("生命周期：%(stage)s") % {"stage": Stage(row.after).label},
                body=was,
                icon="activity",
                tone=stage_badge(row.after).tone,
                kind="stage",
            )
        )
    return entries


def _moves(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    return [
        TimelineEntry(
            at=row.at,
            title=_("%(before)s → %(after)s")
            % {"before": Pool(row.before).label, "after": Pool(row.after).label},
            body=_(" · ").join(
                part for part in (str(MoveCause(row.cause).label), row.reason, row.actor) if part
            ),
            icon="arrows-exchange",
            tone="warn" if is_back(row.before, row.after) else "good",
            kind="pool",
        )
        for row in moves_of(member_id, before=before, limit=limit)
    ]


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
        key="stages",
        label=gettext_lazy("生命周期"),
        load=_stages,
        permission="pools.view",
        order=46,
    )
)
timeline_register(
    TimelineSource(
        key="pools", label=gettext_lazy("粉丝池"), load=_moves, permission="pools.view", order=47
    )
)
