"""Many people show up: recognised or made, where they came from kept, what is not known yet filled."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from members.identity.services import Arrival, Resolved, arrivals_resolve
from members.people.services import members_profile_fill, members_touch


@transaction.atomic
def arrivals_take(arrivals: Sequence[Arrival]) -> list[Resolved]:
    """As if they had come one after the other; ``is_new`` is told of the arrival that made the member."""
    made: set[int] = set()
    told: list[Resolved] = []
    known: list[tuple[int, Arrival]] = []
    for arrival, found in zip(arrivals, arrivals_resolve(arrivals), strict=True):
        is_new = found.is_new and found.member_id not in made
        if is_new:
            made.add(found.member_id)
        else:
            known.append((found.member_id, arrival))
        told.append(Resolved(found.member_id, is_new))
    members_profile_fill([(member_id, arrival.profile) for member_id, arrival in known])
    members_touch(
        [
            (found.member_id, arrival.source, arrival.occurred_at)
            for arrival, found in zip(arrivals, told, strict=True)
        ]
    )
    return told
