"""The first screening of newcomers (M-15): opened when they come, decided by people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from members.lifecycle.models import Pool
from members.people.models import GONE, Member
from members.people.selectors import living_ids
from members.pools.models import Screening, Verdict
from members.pools.services import MOST_KEPT, pools_enter, pools_move_undo
from members.rows import Col, rows_insert
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.core.ids import public_id
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.tenants.settings import setting

# Where everybody should come in first.
FRONT_DOOR = "official_account"
_LONGEST = 200
_COLUMNS = (
    Col("public_id", "text"),
    Col("member_id", "bigint"),
    Col("is_bypass", "boolean"),
    Col("opened_at", "timestamptz"),
)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """How many verdicts changed; ``undo`` is what taking it back needs, empty when it cannot be."""

    count: int
    undo: Mapping[str, Any] = field(default_factory=dict)


def newcomers_screen(member_ids: Collection[int]) -> int:
    """Open a screening for those of these members who joined lately."""
    days = int(setting("pool.screening_days"))
    since = clock.now() - timedelta(days=days)
    fresh = Member.objects.filter(pk__in=list(member_ids), registered_at__gte=since)
    return screenings_open(list(fresh.values_list("pk", flat=True))) if days else 0


@transaction.atomic
def screenings_open(member_ids: Collection[int]) -> int:
    """Open a screening for these members; who has one keeps it."""
    living = set(living_ids(member_ids, lock=True).values())
    people = Member.objects.filter(pk__in=living).exclude(status__in=GONE).order_by("pk")
    at = clock.now()
    made = rows_insert(
        Screening,
        _COLUMNS,
        [
            (public_id("scr"), member_id, source != FRONT_DOOR, at)
            for member_id, source in people.values_list("pk", "first_source")
        ],
        conflict="ON CONFLICT (tenant_id, member_id) DO NOTHING",
        returning="id",
    )
    return len(made)


@transaction.atomic
def screenings_decide(keys: Collection[int], *, verdict: str, note: str = "") -> Decided:
    """Give these screenings a verdict. Who passes and has done a core action enters the territory."""
    if verdict not in Verdict.values or verdict == Verdict.PENDING:
        raise InvalidValue(_("结论是通过、暂缓或拒绝"), pointer="/verdict")
    words = note.strip()
    if len(words) > _LONGEST:
        raise InvalidValue(_("备注不超过 200 字"), pointer="/note")
    held = Screening.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(keys))
    rows = [row for row in held.order_by("pk") if (row.verdict, row.note) != (verdict, words)]
    before = [
        [row.pk, row.verdict, _text(row.decided_at), row.decided_by, row.note] for row in rows
    ]
    Screening.objects.filter(pk__in=[row.pk for row in rows]).update(
        verdict=verdict,
        note=words,
        decided_at=clock.now(),
        decided_by=current_actor().label[:80],
        updated_at=clock.now(),
    )
    members = [row.member_id for row in rows]
    entered = pools_enter(members) if verdict == Verdict.PASS else []
    _recorded(verdict, len(rows), words)
    undo = {"verdict": verdict, "rows": before, "entered": entered}
    return Decided(count=len(rows), undo=undo if 0 < len(rows) <= MOST_KEPT else {})


@transaction.atomic
def screenings_decide_undo(payload: Mapping[str, Any]) -> None:
    """Verdicts that still stand become what they were; who entered a pool by them leaves it."""
    count = 0
    for key, verdict, decided_at, decided_by, note in payload["rows"]:
        count += Screening.objects.filter(pk=key, verdict=payload["verdict"]).update(
            verdict=verdict,
            decided_at=datetime.fromisoformat(decided_at) if decided_at else None,
            decided_by=decided_by,
            note=note,
            updated_at=clock.now(),
        )
    if payload["entered"]:
        rows = [[member_id, Pool.PUBLIC, False] for member_id in payload["entered"]]
        pools_move_undo({"to": Pool.TERRITORY, "rows": rows})
    _recorded("undone", count, "")


def _text(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""


def _recorded(verdict: str, count: int, note: str) -> None:
    record(
        "pools.screened",
        object_type="screening",
        object_id=verdict,
        after={"members": count, "verdict": verdict, "note": note},
    )
