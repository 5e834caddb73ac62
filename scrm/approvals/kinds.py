"""Which deeds want four eyes: declared by the room that does them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of the difference: what it is today and what it would become."""

    label: str | Promise
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class ApprovalKind:
    """A deed: who may agree, how it is done, and what the approver is shown.

    ``page`` and ``argument`` name the console page of the subject, if it has one.
    """

    key: str
    label: str | Promise
    permission: str
    apply: Callable[[dict[str, Any]], object]
    describe: Callable[[dict[str, Any]], list[Change]]
    page: str = ""
    argument: str = ""


APPROVAL_KINDS: dict[str, ApprovalKind] = {}


def approval_kind_register(
    key: str,
    *,
    label: str | Promise,
    permission: str,
    apply: Callable[[dict[str, Any]], object],
    describe: Callable[[dict[str, Any]], list[Change]],
    page: str = "",
    argument: str = "",
) -> None:
    """Declare a kind of deed; a key may be declared once."""
    if key in APPROVAL_KINDS:
        message = f"approval kind {key} is registered twice"
        raise ValueError(message)
    APPROVAL_KINDS[key] = ApprovalKind(
        key=key,
        label=label,
        permission=permission,
        apply=apply,
        describe=describe,
        page=page,
        argument=argument,
    )


def kinds_decided_by(permissions: Collection[str]) -> list[str]:
    """Kinds that somebody with these rights may decide."""
    return [kind.key for kind in APPROVAL_KINDS.values() if kind.permission in permissions]
