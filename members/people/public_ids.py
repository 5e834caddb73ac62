"""From the keys that facts hold to the ids the world sees."""

from __future__ import annotations

from collections.abc import Iterable

from members.people.models import Member


def member_public_ids(member_ids: Iterable[int]) -> dict[int, str]:
    """Public ids by key, merged members included: a fact names whom it was about."""
    rows = Member.objects.filter(pk__in=list(member_ids))
    return dict(rows.values_list("pk", "public_id"))
