"""The nine roles as lists and tables show them."""

from __future__ import annotations

from dataclasses import dataclass

from scrm.access.permissions import ROLES, rights_of


@dataclass(frozen=True, kw_only=True)
class RoleView:
    """A role and every right it carries."""

    role: str
    label: str
    permissions: list[str]


def roles_told() -> list[RoleView]:
    """Every role in the order of PL-09."""
    return [
        RoleView(role=role, label=str(label), permissions=sorted(rights_of([role])))
        for role, label in ROLES.items()
    ]
