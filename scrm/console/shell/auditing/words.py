"""A row of the audit log in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import ROLES
from scrm.access.scope import scope_names
from scrm.console.routes import page_open, page_url
from scrm.console.shell.scoping import scope_words
from scrm.events.audit import AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_OBJECTS, AUDIT_VALUES
from scrm.events.masking import masked, masked_text

if TYPE_CHECKING:
    from scrm.events.models import AuditLog

KINDS = {
    "operator": _("人员"),
    "api_key": _("API 密钥"),
    "staff": _("平台人员"),
    "system": _("系统"),
}
NOTHING = "—"
_LONGEST = 300
_SCOPE = "data_scope"
_NAMES = ("name", "label", "file")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field before and after, as people read it."""

    label: str
    before: str
    after: str


def action_words(row: AuditLog) -> str:
    """What was done."""
    return str(AUDIT_ACTIONS.get(row.action, row.action))


def actor_words(row: AuditLog) -> SafeString:
    """Who did it."""
    kind = KINDS.get(row.actor_kind, row.actor_kind)
    label = masked_text(row.actor_label)
    if not label:
        return format_html("{}", kind)
    return format_html('{} <span class="text-muted">{}</span>', label, kind)


def object_words(row: AuditLog) -> str:
    """What it was done to: the kind of thing, and what the row itself calls it."""
    found = AUDIT_OBJECTS.get(row.object_type)
    kind = str(found.label if found else row.object_type)
    if row.object_type == row.actor_kind and row.object_id == row.actor_id:
        return f"{kind} {masked_text(row.actor_label)}".rstrip()
    name = _own_name(row) or masked_text(getattr(row, "object_name", ""))
    return f"{kind} {name}".rstrip()


def _own_name(row: AuditLog) -> str:
    sides = (masked(row.after), masked(row.before))
    names = (side.get(name) for side in sides for name in _NAMES)
    return next((name for name in names if isinstance(name, str) and name), "")


def object_url(row: AuditLog, *, tenant_slug: str, may: Callable[[str], bool]) -> str:
    """The page of the object, if its kind has one that the reader may open; it says if the object is gone."""
    found = AUDIT_OBJECTS.get(row.object_type)
    if found is None or not found.page or not page_open(found.page, may):
        return ""
    arguments = {found.argument: row.object_id} if found.argument else {}
    try:
        return page_url(tenant_slug, found.page, **arguments)
    except NoReverseMatch:
        return ""


def rows_named(rows: Sequence[AuditLog]) -> Sequence[AuditLog]:
    """The rows with their objects, and the departments and staff of data scopes, by name: asked once for all."""
    _objects_named(rows)
    return _scopes_named(rows)


def _objects_named(rows: Sequence[AuditLog]) -> None:
    asked: dict[str, list[AuditLog]] = {}
    for row in rows:
        found = AUDIT_OBJECTS.get(row.object_type)
        if found is not None and found.names is not None:
            asked.setdefault(row.object_type, []).append(row)
    for key, those in asked.items():
        find = AUDIT_OBJECTS[key].names
        names = find(sorted({row.object_id for row in those})) if find is not None else {}
        for row in those:
            row.object_name = names.get(row.object_id, "")  # type: ignore[attr-defined]  # shown only


def _scopes_named(rows: Sequence[AuditLog]) -> Sequence[AuditLog]:
    sides = [side for row in rows for side in (row.before, row.after) if _SCOPE in (side or {})]
    names = scope_names(*(side[_SCOPE] for side in sides))
    for side in sides:
        side[_SCOPE] = scope_words(side[_SCOPE], names)
    return rows


def differences(row: AuditLog) -> list[Difference]:
    """Only the fields that differ, in the order they were written."""
    before, after = masked(row.before), masked(row.after)
    names = dict.fromkeys([*before, *after])
    return [
        Difference(
            label=field_words(name),
            before=value_words(before.get(name), name),
            after=value_words(after.get(name), name),
        )
        for name in names
        if before.get(name) != after.get(name)
    ]


def field_words(name: str) -> str:
    """The field as people call it; an unnamed one keeps its technical name."""
    return str(AUDIT_FIELDS.get(name, name))


def value_words(value: Any, name: str = "") -> str:
    """A stored value in words; ``name`` is the field it stands in."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return _plain("是") if value else _plain("否")
    if isinstance(value, list):
        return _plain("、").join(value_words(inner, name) for inner in value)[:_LONGEST]
    if isinstance(value, Mapping):
        parts = (
            f"{field_words(str(key))}: {value_words(inner, str(key))}"
            for key, inner in value.items()
        )
        return _plain("；").join(parts)[:_LONGEST]
    text = str(value)
    words = AUDIT_VALUES.get(name, {})
    return str(words.get(text) or ROLES.get(text, text))[:_LONGEST]
