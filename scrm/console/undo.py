"""Undo beats confirm: a reversible act runs at once and can be taken back for ten seconds.

    undo_register(UndoKind(key="segments.archived", permission="segments.edit", apply=_unarchive))

    toast(request, "success", _("已归档"), undo_url=undo_offer(request, "segments.archived", {"segment": …}))

`apply(payload)` calls the service that reverses the act and may refuse with a DomainError. Only who did
the act may take it back, once, with the permission it needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from scrm.console.models import UndoStep
from scrm.console.requests import came_from
from scrm.console.routes import page_url
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, NotFound

if TYPE_CHECKING:
    from scrm.console.requests import ConsoleRequest

# The button shows for ten seconds and waits while one points at it; the door stays open a little longer.
OPEN = timedelta(minutes=5)
KEPT = timedelta(days=1)


class UndoTooLate(DomainError):
    """The moment has passed, or it was taken back already."""

    code = "undo_too_late"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, kw_only=True)
class UndoKind:
    """One kind of act that can be taken back."""

    key: str
    permission: str
    apply: Callable[[Mapping[str, Any]], None]


_kinds: dict[str, UndoKind] = {}


def undo_register(kind: UndoKind) -> None:
    if kind.key in _kinds:
        message = f"undo of {kind.key} is registered twice"
        raise ValueError(message)
    _kinds[kind.key] = kind


def undo_kind(key: str) -> UndoKind:
    return _kinds[key]


def undo_offer(request: ConsoleRequest, key: str, payload: Mapping[str, Any]) -> str:
    """Keep what taking it back needs; the address for `toast(..., undo_url=…)`."""
    step = UndoStep.objects.create(
        operator_id=request.operator.pk,
        kind=undo_kind(key).key,
        payload=dict(payload),
        back_url=came_from(request),
        ends_at=clock.now() + OPEN,
    )
    return page_url(request.tenant.slug, "undo", undo_id=step.public_id)


def undo_take(public_id: str, *, operator_id: int, may: Callable[[str], bool]) -> UndoStep:
    """Take the act back; NotFound unless it is one's own, UndoTooLate when its moment has passed."""
    step = (
        UndoStep.objects.select_for_update(of=("self",))
        .filter(public_id=public_id, operator_id=operator_id)
        .first()
    )
    kind = _kinds.get(step.kind) if step is not None else None
    if step is None or kind is None or not may(kind.permission):
        raise NotFound
    now = clock.now()
    if step.used_at is not None or step.ends_at < now:
        raise UndoTooLate("it is too late to take this back")
    kind.apply(step.payload)
    step.used_at = now
    step.save(update_fields=["used_at", "updated_at"])
    return step


def undo_forget_run(_as_of: date) -> dict[str, int]:
    """Nightly: what can no longer be taken back need not be kept."""
    gone, _per_model = UndoStep.objects.filter(ends_at__lt=clock.now() - KEPT).delete()
    return {"steps": gone}
