"""Roles of PL-09 and what each may do. Role and permission are code, not data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import _StrPromise

ROLES: dict[str, str | _StrPromise] = {
    "tenant_admin": _("品牌管理员"),
    "private_domain_lead": _("私域负责人"),
    "member_ops": _("会员运营"),
    "community_ops": _("社群运营"),
    "kol_manager": _("达人运营"),
    "finance": _("财务"),
    "analyst": _("数据分析师"),
    "service_agent": _("客服"),
    "read_only": _("只读"),
}


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A right that a page, an endpoint or a key may need."""

    name: str
    label: str | _StrPromise
    roles: frozenset[str]
    # Whether its rooms show a person with a data scope only what lies inside (scrm/access/scope.py).
    honours_scope: bool = False


PERMISSIONS: dict[str, Permission] = {}


def permission_register(
    name: str, label: str | _StrPromise, *, roles: Iterable[str], honours_scope: bool = False
) -> None:
    """Declare a permission and the roles that carry it; tenant_admin carries all.

    Who is limited to some departments holds it only if it ``honours_scope``.
    """
    held = frozenset(roles) | {"tenant_admin"}
    unknown = held - ROLES.keys()
    if unknown or name in PERMISSIONS:
        message = f"permission {name} is declared twice or names unknown roles {sorted(unknown)}"
        raise ValueError(message)
    PERMISSIONS[name] = Permission(name=name, label=label, roles=held, honours_scope=honours_scope)


def roles_allow(roles: Iterable[str], permission: str) -> bool:
    """Whether any of the roles carries the permission. An unregistered permission is an error."""
    return not PERMISSIONS[permission].roles.isdisjoint(roles)


def place_allows(roles: Iterable[str], permission: str, *, is_limited: bool) -> bool:
    """Whether a place in a brand carries the permission; a limited one only what can be narrowed."""
    if not roles_allow(roles, permission):
        return False
    return PERMISSIONS[permission].honours_scope or not is_limited


def rights_of(roles: Iterable[str]) -> frozenset[str]:
    """Every permission that these roles carry."""
    held = set(roles)
    return frozenset(name for name, right in PERMISSIONS.items() if right.roles & held)


permission_register("people.view", _("查看成员与角色"), roles=["private_domain_lead"])
permission_register("people.edit", _("邀请成员、修改角色与数据范围"), roles=[])
