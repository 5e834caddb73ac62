"""What is kept of growth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from members.growth.models import GrowthEntry


def entries_by_member(member_ids: Collection[int]) -> dict[int, list[GrowthEntry]]:
    """All entries of these members."""
    found: dict[int, list[GrowthEntry]] = defaultdict(list)
    rows = GrowthEntry.objects.filter(member_id__in=list(member_ids)).only(
        "member_id", "origin", "amount", "effective_at", "occurred_at"
    )
    for entry in rows:
        found[entry.member_id].append(entry)
    return found
