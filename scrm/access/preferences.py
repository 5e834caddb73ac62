"""How a person likes the console. Kept with the person, so that it is the same on every device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from scrm.access.models import Operator

# The looks a person may choose; the first is the default.
LOOKS: dict[str, tuple[str, ...]] = {
    "density": ("regular", "compact"),
    "rise": ("red", "green"),
}


def look_of(preferences: dict[str, Any], key: str) -> str:
    """The chosen look, or the default."""
    chosen = preferences.get(key)
    return chosen if chosen in LOOKS[key] else LOOKS[key][0]


def look_set(*, operator_id: int, key: str, value: str) -> None:
    """Remember a look; anything unknown is ignored."""
    if value in LOOKS.get(key, ()):
        _changed(operator_id, lambda kept: kept.update({key: value}))


def columns_of(preferences: dict[str, Any], page: str) -> list[str]:
    """The columns chosen for a list; empty: the list's own."""
    found = preferences.get("columns", {}).get(page, [])
    return [str(key) for key in found]


def columns_set(*, operator_id: int, page: str, columns: Sequence[str]) -> None:
    """Remember the columns of a list; none forgets the choice."""
    _entry_set(operator_id, "columns", page, list(columns))


def default_view_of(preferences: dict[str, Any], *, tenant_id: int, page: str) -> str:
    """Public id of the view a list opens with, or an empty string."""
    return str(preferences.get("views", {}).get(f"{tenant_id}:{page}", ""))


def default_view_set(*, operator_id: int, tenant_id: int, page: str, view: str) -> None:
    """Which view a list of this brand opens with; an empty one forgets it."""
    _entry_set(operator_id, "views", f"{tenant_id}:{page}", view)


def _entry_set(operator_id: int, group: str, key: str, value: Any) -> None:
    def change(kept: dict[str, Any]) -> None:
        entries = dict(kept.get(group, {}))
        if value:
            entries[key] = value
        else:
            entries.pop(key, None)
        kept[group] = entries

    _changed(operator_id, change)


@transaction.atomic
def _changed(operator_id: int, change: Any) -> None:
    operator = Operator.objects.select_for_update().get(pk=operator_id)
    change(operator.preferences)
    operator.save(update_fields=["preferences"])
