"""Find members."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from members.people.models import GONE, Member, SourceTouch
from members.people.narrowing import members_in_scope
from scrm.access.scope import scope_here
from scrm.core.errors import NotFound

_MAX_CHAIN = 20


def member_get(public_id: str) -> Member:
    """The member with that public id, following merges; NotFound otherwise, also for another brand's.

    Outside one's data scope is NotFound too.
    """
    member = Member.objects.filter(public_id=public_id).first()
    for _step in range(_MAX_CHAIN):
        if member is None:
            raise NotFound
        if member.merged_into_id is None:
            return _seen(member)
        member = Member.objects.filter(pk=member.merged_into_id).first()
    raise NotFound


def _seen(member: Member) -> Member:
    if not scope_here().is_everything:
        rows = members_in_scope(Member.objects.filter(pk=member.pk))
        if not rows.exists():
            raise NotFound
    return member


def members_listed() -> QuerySet[Member]:
    """Everybody who may be seen in a list: without merged and erased accounts, within one's data scope."""
    return members_in_scope(Member.objects.exclude(status__in=GONE))


def members_by_id(member_ids: Iterable[int]) -> dict[int, Member]:
    """Members by key, merged ones included."""
    return {member.pk: member for member in Member.objects.filter(pk__in=list(member_ids))}


def merge_targets(member_ids: Iterable[int]) -> dict[int, int]:
    """Key → key of the member it stands for today (itself, unless merged)."""
    targets = {key: key for key in member_ids}
    waiting = set(targets)
    for _step in range(_MAX_CHAIN):
        moved = dict(
            Member.objects.filter(pk__in=waiting, merged_into__isnull=False).values_list(
                "pk", "merged_into_id"
            )
        )
        if not moved:
            return targets
        targets = {key: moved.get(target) or target for key, target in targets.items()}
        waiting = {target for target in moved.values() if target is not None}
    return targets


def member_ids_of(public_ids: Iterable[str]) -> list[int]:
    """Keys of the listed members among these public ids; others are left out."""
    wanted = [key for key in public_ids if key]
    return list(
        members_listed().filter(public_id__in=wanted).order_by("pk").values_list("pk", flat=True)
    )


def touches_of(member_id: int, *, before: datetime, limit: int) -> list[SourceTouch]:
    """The member's newest arrivals before a moment."""
    touches = SourceTouch.objects.filter(member_id=member_id, at__lt=before)
    return list(touches.order_by("-at", "-id")[:limit])
