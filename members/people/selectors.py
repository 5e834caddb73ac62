"""Find members."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from members.people.models import GONE, Member, MemberStatus, SourceTouch
from members.people.narrowing import members_in_scope
from scrm.access.scope import scope_here
from scrm.core.errors import NotFound
from scrm.tenants.context import require_tenant_id

_MAX_CHAIN = 20


def member_get(public_id: str) -> Member:
    """The member with that public id, following merges; NotFound otherwise, also for another brand's
    and for somebody who was erased.

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
    if member.status == MemberStatus.ERASED:
        raise NotFound  # nobody is behind the key any more
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


_STANDING = (
    "SELECT id, merged_into_id FROM members_member"
    " WHERE tenant_id = %s AND id = ANY(%s) ORDER BY id"
)


def living_ids(member_ids: Collection[int], *, lock: bool = False) -> dict[int, int]:
    """Key → key of the member it stands for today: itself, unless merged. Unknown keys stand for themselves.

    Whoever writes by a member's key asks with ``lock``: until the transaction ends, none of these members
    is merged or split, so that no row can land on somebody who has just gone (EC-51).
    """
    targets = {key: key for key in member_ids}
    waiting = set(targets)
    sql = f"{_STANDING} FOR KEY SHARE" if lock else _STANDING
    for _step in range(_MAX_CHAIN):
        if not waiting:
            return targets
        with connection.cursor() as cursor:
            cursor.execute(sql, [require_tenant_id(), sorted(waiting)])
            moved = {key: into for key, into in cursor.fetchall() if into is not None}
        targets = {key: moved.get(target, target) for key, target in targets.items()}
        waiting = set(moved.values())
    return targets


_PERSONS = """
    WITH RECURSIVE person(living, id) AS (
        SELECT k, k FROM unnest(%(members)s::bigint[]) AS k
        UNION
        SELECT p.living, m.id FROM person p
          JOIN members_member m ON m.tenant_id = %(tenant)s AND m.merged_into_id = p.id
    )
    SELECT living, id FROM person ORDER BY living, id
"""


# For statements over many members: who has been merged, and who they stand for today. Goes behind WITH RECURSIVE.
LIVING = """
    chain(id, living) AS (
        SELECT id, merged_into_id FROM members_member
         WHERE tenant_id = %(tenant)s AND merged_into_id IS NOT NULL
        UNION
        SELECT c.id, m.merged_into_id FROM chain c
          JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = c.living
         WHERE m.merged_into_id IS NOT NULL
    ), living AS (
        SELECT c.id, c.living FROM chain c
          JOIN members_member m ON m.tenant_id = %(tenant)s AND m.id = c.living
         WHERE m.merged_into_id IS NULL
    )
"""


def person_ids(member_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Living member → itself and everybody merged into it, ascending."""
    found: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "members": sorted(set(member_ids)),
            "tenant": require_tenant_id(),
        }
        cursor.execute(_PERSONS, values)
        for living, member_id in cursor.fetchall():
            found.setdefault(living, []).append(member_id)
    return {living: tuple(ids) for living, ids in found.items()}


def member_by_no(member_no: str) -> Member | None:
    """The account with that number, merged or not; None for an unknown one or one outside one's scope."""
    return members_in_scope(Member.objects.filter(member_no=member_no)).first()


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


def touches_ends(member_id: int) -> tuple[SourceTouch | None, SourceTouch | None]:
    """The member's first and latest arrival, in one question."""
    touches = SourceTouch.objects.filter(member_id=member_id)
    first, latest = touches.order_by("at", "id")[:1], touches.order_by("-at", "-id")[:1]
    found = sorted(first.union(latest), key=lambda touch: (touch.at, touch.pk))
    return (found[0], found[-1]) if found else (None, None)
