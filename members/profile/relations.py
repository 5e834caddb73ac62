"""Who of the staff follows a member in WeCom: many to one, beside the person (peers.md row 6)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from members.identity.models import Identity
from scrm.wecom.models import FollowRelation, RelationState


def relations_of(member_id: int) -> QuerySet[FollowRelation]:
    """Every friendship of the member with staff, ended ones too, the newest first."""
    known = Identity.objects.filter(member_id=member_id, type="external_userid")
    mine = Q(pk__in=())
    for value, scope in known.values_list("value", "scope"):
        mine |= Q(contact__external_userid=value, corp__corp_id=scope)
    rows = FollowRelation.objects.filter(mine).select_related("staff", "contact", "corp")
    return rows.order_by("-added_at", "-id")


def guides_of(relations: Sequence[FollowRelation]) -> list[str]:
    """Names of the staff who are friends with the member now."""
    return [
        relation.staff.name or relation.staff.userid
        for relation in relations
        if relation.state == RelationState.ACTIVE
    ]
