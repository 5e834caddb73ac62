"""Who is acting: a person, a key or the system. Kind and id only; access sits above this layer."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from scrm.core.errors import DomainError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The author of a write."""

    kind: str = "system"
    id: str = ""
    label: str = ""
    ip: str = ""
    request_id: str = ""
    # Platform staff inside a brand for an hour (scrm/access/platform/entries.py).
    is_visitor: bool = False


class VisitRefused(DomainError):
    """Platform staff inside a brand for an hour leave nothing behind that opens it for longer."""

    code = "platform_visit"
    kind = ErrorKind.CONFLICT


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


def current_actor() -> Actor:
    """The acting person or key; the system when nobody is."""
    return _actor.get() or Actor()


def actor_logged() -> dict[str, str]:
    """What a log line says about the actor: kind and id, never a name."""
    actor = _actor.get()
    return {} if actor is None else {"actor": f"{actor.kind}:{actor.id}"}


def visit_refuse() -> None:
    """VisitRefused for platform staff on a visit: before a key, an invitation, an endpoint or a role is given."""
    if current_actor().is_visitor:
        raise VisitRefused(
            _("平台人员进入品牌期间不能发放密钥、邀请、Webhook 端点或角色，请由品牌管理员操作")
        )


@contextmanager
def acting_as(
    kind: str,
    *,
    id: str = "",
    label: str = "",
    ip: str = "",
    request_id: str = "",
    is_visitor: bool = False,
) -> Iterator[None]:
    """Name the author of every write in the block."""
    actor = Actor(
        kind=kind, id=id, label=label, ip=ip, request_id=request_id, is_visitor=is_visitor
    )
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)
