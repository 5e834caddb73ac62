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


PERMISSIONS: dict[str, Permission] = {}


def permission_register(name: str, label: str | _StrPromise, *, roles: Iterable[str]) -> None:
    """Declare a permission and the roles that carry it; tenant_admin carries all."""
    held = frozenset(roles) | {"tenant_admin"}
    unknown = held - ROLES.keys()
    if unknown or name in PERMISSIONS:
        message = f"permission {name} is declared twice or names unknown roles {sorted(unknown)}"
        raise ValueError(message)
    PERMISSIONS[name] = Permission(name=name, label=label, roles=held)


def roles_allow(roles: Iterable[str], permission: str) -> bool:
    """Whether any of the roles carries the permission. An unregistered permission is an error."""
    return not PERMISSIONS[permission].roles.isdisjoint(roles)
