"""The permission matrix of PL-09: nine roles, every right, made from the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.access.permissions import PERMISSIONS, ROLES, Permission
from scrm.console.navigation import SECTIONS, items_all
from scrm.console.pages.base import ConsolePage
from scrm.console.shell.people import people_tabs


@dataclass(frozen=True, kw_only=True)
class Line:
    """One right and who has it, in the order of the roles."""

    name: str
    label: Any
    ticks: list[bool]
    honours_scope: bool


@dataclass(frozen=True, kw_only=True)
class Block:
    """The rights of one heading."""

    label: Any
    lines: list[Line]


def matrix() -> list[Block]:
    """Every right under the heading where its pages stand; what stands nowhere comes last."""
    sections = {item.permission.partition(".")[0]: item.section for item in items_all()}
    found: dict[str, list[Line]] = {key: [] for key in (*(part.key for part in SECTIONS), "")}
    for name, right in sorted(PERMISSIONS.items()):
        found[sections.get(name.partition(".")[0], "")].append(_line(right))
    labels = {section.key: section.label for section in SECTIONS} | {"": _("其他")}
    return [Block(label=labels[key], lines=lines) for key, lines in found.items() if lines]


def _line(right: Permission) -> Line:
    return Line(
        name=right.name,
        label=right.label,
        ticks=[role in right.roles for role in ROLES],
        honours_scope=right.honours_scope,
    )


class RolesPage(ConsolePage):
    """The tick table."""

    permission = "people.view"
    title = gettext_lazy("成员与角色")
    nav_key = "people"
    template_name = "console/people/roles.html"

    @override
    def context(self) -> dict[str, object]:
        return {"roles": list(ROLES.values()), "blocks": matrix()}

    @property
    def tabs_shown(self) -> list[tuple[str, str, bool]]:
        return people_tabs(self, "people-roles")
