"""Members of the corp as we keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from scrm.wecom.models import Staff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scrm.wecom.gateway import Member
    from scrm.wecom.models import WeComCorp


def member_told(
    *,
    corp: WeComCorp,
    members: Sequence[Member],
    at: datetime,
    contact_userids: frozenset[str] | None = None,
    is_complete: bool = False,
) -> int:
    """Keep these members; with ``is_complete`` all others have left. Returns how many rows changed."""
    with transaction.atomic():
        known = {row.userid: row for row in Staff.objects.select_for_update().filter(corp=corp)}
        changed = 0
        for member in members:
            row = known.get(member.userid) or Staff(corp=corp, userid=member.userid)
            new: dict[str, object] = {"departments": list(member.departments), "left_at": None}
            if member.name:
                new["name"] = member.name[:80]
            if member.position:
                new["position"] = member.position[:128]
            if contact_userids is not None:
                new["is_contact"] = member.userid in contact_userids
            if row.pk is None or any(getattr(row, name) != value for name, value in new.items()):
                for name, value in new.items():
                    setattr(row, name, value)
                row.save()
                changed += 1
        if is_complete:
            here = {member.userid for member in members}
            changed += (
                Staff.objects.filter(corp=corp, left_at=None)
                .exclude(userid__in=here)
                .update(left_at=at, is_contact=False)
            )
        return changed


def member_gone(*, corp: WeComCorp, userid: str, at: datetime) -> None:
    """The member left the corp; the friendships end by their own events or the next sync."""
    Staff.objects.filter(corp=corp, userid=userid, left_at=None).update(
        left_at=at, is_contact=False
    )


def member_renamed(*, corp: WeComCorp, userid: str, new_userid: str) -> None:
    """WeCom changed the member's id: the same person, the same friendships."""
    with transaction.atomic():
        if not Staff.objects.filter(corp=corp, userid=new_userid).exists():
            Staff.objects.filter(corp=corp, userid=userid).update(userid=new_userid)
