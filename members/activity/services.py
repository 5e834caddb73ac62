"""Take activity facts set-wise; the same fact a second time changes nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from members.activity.models import Activity
from members.activity.names import NAMES
from members.activity.rules import ActivityFact, fact_check
from members.identity.services import Arrival, Resolved, arrivals_resolve
from members.people.selectors import living_ids
from members.rows import Col, rows_insert
from scrm.core import clock
from scrm.core.errors import DomainError
from scrm.events.bus import publish
from scrm.tenants.context import current_tenant

_COLUMNS = (
    Col("event_id", "text"),
    Col("name", "text"),
    Col("is_known", "boolean"),
    Col("member_id", "bigint"),
    Col("via_identity_id", "bigint"),
    Col("occurred_at", "timestamptz"),
    Col("local_date", "date"),
    Col("channel", "text"),
    Col("seconds", "integer"),
    Col("props", "jsonb"),
)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of one fact. Refused ones wrote nothing; known ones were there already."""

    event_id: str
    member_id: int | None = None
    is_new: bool = False
    is_known_name: bool = False
    error: DomainError | None = None


@transaction.atomic
def activity_take(facts: Sequence[ActivityFact]) -> list[Taken]:
    """Take facts in the order given; answers stand at their places, a refused one leaves the others alone."""
    now = clock.now()
    outcomes = [_refusal(fact, now=now) for fact in facts]
    sound = {place: facts[place] for place, outcome in enumerate(outcomes) if outcome.error is None}
    known = _members_of({fact.event_id for fact in sound.values()})
    fresh: dict[str, ActivityFact] = {}
    for fact in sound.values():
        if fact.event_id not in known:
            fresh.setdefault(fact.event_id, fact)
    new = _insert(list(fresh.values()))
    if new:
        names = sorted({fresh[event_id].name for event_id in new})
        publish("activity.taken", payload={"member_ids": sorted(set(new.values())), "names": names})
    lost = fresh.keys() - new.keys()  # somebody else took it between our look and our insert
    known |= _members_of(lost) if lost else {}
    told: Counter[str] = Counter()
    for place, fact in sound.items():
        event_id = fact.event_id
        told[event_id] += 1
        outcomes[place] = Taken(
            event_id=event_id,
            member_id=new.get(event_id, known.get(event_id)),
            is_new=event_id in new and told[event_id] == 1,
            is_known_name=fact.name in NAMES,
        )
    return outcomes


def _refusal(fact: ActivityFact, *, now: datetime) -> Taken:
    try:
        fact_check(fact, now=now)
    except DomainError as error:
        return Taken(event_id=fact.event_id, error=error)
    return Taken(event_id=fact.event_id)


def _members_of(event_ids: set[str]) -> dict[str, int]:
    """Whose these facts are today, by their ids; unknown ones are left out."""
    rows = Activity.objects.filter(event_id__in=sorted(event_ids))
    return dict(rows.values_list("event_id", "member_id"))


def _insert(facts: Sequence[ActivityFact]) -> dict[str, int]:
    """Write new facts; event id → member of those that were new."""
    if not facts:
        return {}
    found = arrivals_resolve(
        [
            Arrival(
                claims=tuple(fact.claims),
                source=fact.channel or "api",
                occurred_at=fact.occurred_at,
            )
            for fact in facts
        ]
    )
    living = living_ids({each.member_id for each in found}, lock=True)
    zone = current_tenant().timezone

    def row(fact: ActivityFact, who: Resolved) -> tuple[object, ...]:
        return (
            fact.event_id,
            fact.name,
            fact.name in NAMES,
            living[who.member_id],
            who.via_identity_id,
            fact.occurred_at,
            clock.local_date(fact.occurred_at, zone),
            fact.channel,
            fact.seconds,
            json.dumps(fact.props, ensure_ascii=False),
        )

    # One order for everybody: two batches that share ids cannot block each other in a ring.
    rows = sorted(
        (row(fact, who) for fact, who in zip(facts, found, strict=True)),
        key=lambda each: str(each[0]),
    )
    written = rows_insert(
        Activity,
        _COLUMNS,
        rows,
        conflict="ON CONFLICT (tenant_id, event_id) DO NOTHING",
        returning="event_id, member_id",
    )
    return dict(written)
