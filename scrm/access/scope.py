"""Data scope: a store manager serves her department's customers and sees nobody else's.

Who has no scope sees the whole brand; so do workers, and keys without one. A limited person holds only the
rights whose rooms know how to narrow (``permission_register(..., honours_scope=True)``): what cannot be
narrowed is refused instead of shown whole. Rooms ask ``scope_here()`` where they read people; which staff
a department has is told by the room that knows (``staff_source_register``), so this one imports nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from scrm.core.errors import Forbidden, InvalidValue

if TYPE_CHECKING:
    from scrm.access.models import Operator
    from scrm.tenants.models import Tenant

_PARTS = ("departments", "staff")
MOST_CHOSEN = 200


@dataclass(frozen=True)
class StaffSource:
    """What the room that knows staff tells: choices for people, and keys for queries.

    ``departments`` and ``staff`` give (key, label); ``names(departments, staff)`` tells what those keys are
    called, also of what is no longer there; ``resolve(departments, staff)`` gives the primary keys of everybody
    who is named or works in a named department, or below it, now.
    """

    departments: Callable[[], Sequence[tuple[str, str]]]
    staff: Callable[[], Sequence[tuple[str, str]]]
    names: Callable[[Sequence[str], Sequence[str]], Mapping[str, str]]
    resolve: Callable[[Sequence[str], Sequence[str]], frozenset[int]]


_sources: list[StaffSource] = []


def staff_source_register(source: StaffSource) -> None:
    """Name the room that knows staff and departments; there is one."""
    if _sources:
        message = "a staff source is registered already"
        raise ValueError(message)
    _sources.append(source)


@dataclass(frozen=True, kw_only=True)
class ScopeChoice:
    """A department or somebody of the staff, as a data scope may name them."""

    key: str
    label: str


@dataclass(frozen=True)
class Scope:
    """Everything, or the customers of some staff."""

    is_everything: bool = True
    departments: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    _kept: dict[str, frozenset[int]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def staff_ids(self) -> frozenset[int]:
        """Keys of the staff whose customers are seen; asked once, inside the brand's scope."""
        if "ids" not in self._kept:
            found = [source.resolve(self.departments, self.staff) for source in _sources]
            self._kept["ids"] = frozenset().union(*found)
        return self._kept["ids"]


EVERYTHING = Scope()
_scope: ContextVar[Scope | None] = ContextVar("data_scope", default=None)


def scope_of_data(data: Mapping[str, Sequence[str]] | None) -> Scope:
    """The scope as memberships and keys store it; None is the whole brand."""
    if data is None:
        return EVERYTHING
    departments, staff = (tuple(data.get(part, ())) for part in _PARTS)
    return Scope(is_everything=False, departments=departments, staff=staff)


def scope_of(operator: Operator, tenant: Tenant) -> Scope:
    """What the operator sees of that brand; nobody at all without a place in it."""
    from scrm.access.services import membership_of  # noqa: PLC0415 - services read this module

    place = membership_of(operator_id=operator.pk, tenant_id=tenant.pk)
    return Scope(is_everything=False) if place is None else scope_of_data(place.data_scope)


def scope_here() -> Scope:
    """The scope of whoever the running code serves; everything for workers."""
    return _scope.get() or EVERYTHING


@contextmanager
def scope_entered(scope: Scope) -> Iterator[None]:
    """Serve somebody with this scope for the block."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def scope_refuse() -> None:
    """Forbidden for a limited person: for deeds that reach beyond anybody's customers."""
    if not scope_here().is_everything:
        raise Forbidden(_("你的数据范围不允许这项操作"))


def scope_checked(data: Mapping[str, Any] | None) -> dict[str, list[str]] | None:
    """The scope as it is stored, if every key is known; InvalidValue otherwise."""
    if data is None:
        return None
    stored = {part: list(dict.fromkeys(data.get(part) or ())) for part in _PARTS}
    for part in _PARTS:
        known = {key for source in _sources for key, _label in getattr(source, part)()}
        if set(stored[part]) - known or len(stored[part]) > MOST_CHOSEN:
            raise InvalidValue(_("部门或员工不存在"), pointer=f"/data_scope/{part}")
    if not any(stored.values()):
        raise InvalidValue(_("至少选择一个部门或一位员工"), pointer="/data_scope")
    return stored


def scope_names(*scopes: Mapping[str, Sequence[str]] | None) -> dict[str, str]:
    """What the departments and staff of these scopes are called; asked once for all of them."""
    departments, staff = (
        list(dict.fromkeys(key for data in scopes if data for key in data.get(part, ())))
        for part in _PARTS
    )
    if not departments and not staff:
        return {}
    return {key: name for s in _sources for key, name in s.names(departments, staff).items()}


def scope_choices() -> dict[str, list[tuple[str, str]]]:
    """Departments and staff to choose from."""
    return {part: [pair for s in _sources for pair in getattr(s, part)()] for part in _PARTS}


def departments_listed() -> list[ScopeChoice]:
    """Every department that a scope may name."""
    return [ScopeChoice(key=key, label=label) for s in _sources for key, label in s.departments()]


def staff_listed() -> list[ScopeChoice]:
    """Everybody whom a scope may name."""
    return [ScopeChoice(key=key, label=label) for s in _sources for key, label in s.staff()]
