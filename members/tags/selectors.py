"""Read tags."""

from __future__ import annotations

from collections.abc import Sequence

from members.tags.models import MemberTag, Tag
from scrm.tenants.keys import keys_among


def tag_choices() -> list[tuple[str, str]]:
    """Public id and name of every tag, by name; for pickers."""
    return list(Tag.objects.order_by("name", "id").values_list("public_id", "name")[:500])


def tags_of(member_ids: Sequence[int]) -> dict[int, list[str]]:
    """Member key → tag names, newest first."""
    found: dict[int, list[str]] = {}
    rows = MemberTag.objects.filter(keys_among("member_id", member_ids)).order_by(
        "member_id", "-at", "-id"
    )
    for member_id, name in rows.values_list("member_id", "tag__name"):
        found.setdefault(member_id, []).append(name)
    return found
