"""Whom a person with a data scope sees: customers who are friends of their staff (scrm/access/scope.py)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from members.identity.models import Identity, IdentityType
from members.people.models import Member
from scrm.access.scope import scope_here
from scrm.wecom.models import FollowRelation, RelationState


def members_in_scope(found: QuerySet[Member]) -> QuerySet[Member]:
    """The same members, without those outside the scope of whoever is served."""
    friends = _friends()
    return (
        found if friends is None else found.filter(Exists(friends.filter(member_id=OuterRef("pk"))))
    )


def member_ids_in_scope() -> QuerySet[Identity, Any] | None:
    """Keys of the members in scope, for ``member_id__in``; None when everybody is."""
    friends = _friends()
    return None if friends is None else friends.order_by().values("member_id")


def _friends() -> QuerySet[Identity] | None:
    """Identifiers whose holders are friends of the scope's staff."""
    scope = scope_here()
    if scope.is_everything:
        return None
    relations = FollowRelation.objects.filter(
        staff_id__in=sorted(scope.staff_ids),
        contact__external_userid=OuterRef("value"),
        corp__corp_id=OuterRef("scope"),
    ).exclude(state=RelationState.DELETED)
    return Identity.objects.filter(type=IdentityType.EXTERNAL_USERID).filter(Exists(relations))
