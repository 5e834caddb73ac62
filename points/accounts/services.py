"""Writes to a member's account by the member's public id."""

from __future__ import annotations

from members.people.selectors import member_get
from points.accounts.selectors import AccountView, account_of
from points.lots.services import points_adjust


def adjust(*, member_id: str, points: int, reason: str, reference: str) -> AccountView:
    """Correct points by hand and answer with the account as it then stands."""
    member = member_get(member_id)
    points_adjust(member_id=member.pk, points=points, reason=reason, reference=reference)
    return account_of(member)
