"""What the API says about activity, as facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from members.activity.models import Activity
from members.activity.rules import ActivityFact
from members.activity.selectors import activities_listed
from members.activity.services import activity_take
from members.identity.rules import Claim
from members.people.public_ids import member_public_ids
from members.people.selectors import member_get
from scrm.access.scope import scope_refuse
from scrm.core.errors import DomainError
from scrm.events.audit import record
from scrm.files.connectors import run_record


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What became of one event, for outside; no member when it was refused."""

    event_id: str
    member_public_id: str = ""
    is_new: bool = False
    is_known_name: bool = False
    error: DomainError | None = None


@dataclass(frozen=True, kw_only=True)
class BatchAnswered:
    """Outcomes at the places of the events."""

    events: list[Answered]


@transaction.atomic
def events_take(bodies: Sequence[Mapping[str, Any]]) -> BatchAnswered:
    """Take many events, each once by its id; refused ones leave the others alone."""
    scope_refuse()  # the identifiers may be anybody's
    taken = activity_take([_fact(body) for body in bodies])
    public = member_public_ids({each.member_id for each in taken if each.member_id is not None})
    answers = [
        Answered(
            event_id=each.event_id,
            member_public_id=public.get(each.member_id or 0, ""),
            is_new=each.is_new,
            is_known_name=each.is_known_name,
            error=each.error,
        )
        for each in taken
    ]
    refusals = Counter(each.error.code for each in taken if each.error is not None)
    record(
        "members.activity_taken",
        object_type="activity",
        object_id="batch",
        after={
            "events": len(taken),
            "new": sum(each.is_new for each in taken),
            "refused": refusals.total(),
        },
    )
    run_record(
        connector="rest", kind="events", accepted=len(taken) - refusals.total(), reasons=refusals
    )
    return BatchAnswered(events=answers)


def member_events(public_id: str) -> QuerySet[Activity]:
    """What the member did."""
    return activities_listed(member_get(public_id).pk)


def _fact(body: Mapping[str, Any]) -> ActivityFact:
    return ActivityFact(
        event_id=body["event_id"],
        name=body["name"],
        claims=tuple(Claim(**claim) for claim in body["identities"]),
        occurred_at=body["occurred_at"],
        channel=body.get("channel", ""),
        seconds=body.get("seconds", 0),
        props=body.get("props") or {},
    )
