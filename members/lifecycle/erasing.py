"""Stages and figures of a person go with the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from members.lifecycle.models import DIRTY, MemberPulse, StageMove
from members.lifecycle.selectors import score_text
from members.lifecycle.services import day_shared
from members.segments.dirty import mark_dirty
from scrm.core.persons import Person, eraser_register, exporter_register, kept_register


def _erase(person: Person, limit: int) -> int:
    day_shared()
    mark_dirty(person.member_ids, DIRTY)
    gone: int = MemberPulse.objects.filter(member_id__in=person.member_ids).delete()[0]
    rows = StageMove.objects.filter(member_id__in=person.member_ids).order_by("pk")
    keys = list(rows.values_list("pk", flat=True)[:limit])
    gone += StageMove.objects.filter(pk__in=keys).delete()[0]
    return gone


def _export(person: Person) -> Iterable[Mapping[str, object]]:
    for row in MemberPulse.objects.filter(member_id__in=person.member_ids).order_by("member_id"):
        yield {
            "stage": row.stage,
            "pool": row.pool,
            "contribution": score_text(row.score),
            "last_active": row.last_active_date.isoformat() if row.last_active_date else None,
        }
    moves = StageMove.objects.filter(member_id__in=person.member_ids)
    for move in moves.order_by("as_of", "id"):
        yield {"day": move.as_of.isoformat(), "from": move.before, "to": move.after}


eraser_register(
    "lifecycle",
    order=85,
    label=_("生命周期"),
    erase=_erase,
    tables=("members.memberpulse", "members.stagemove"),
)
exporter_register("lifecycle", order=85, label=_("生命周期"), export=_export)
kept_register("members.pulseday", why="A day of the brand; no person is in it.")
