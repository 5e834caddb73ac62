"""Who calls: a brand's key in ``Authorization: Bearer sk_live_…``, and what that key may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from typing_extensions import override

from scrm.access.keys import Unauthenticated, api_key_open
from scrm.access.models import KeyMode
from scrm.access.permissions import PERMISSIONS

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from scrm.access.models import ApiKey
    from scrm.tenants.models import Tenant

ALL = "*"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The key behind a call and the brand it opens."""

    key: ApiKey
    tenant: Tenant
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def pk(self) -> int:
        return self.key.pk

    @property
    def is_test(self) -> bool:
        """Whether everything the key writes is undone."""
        return self.key.mode == KeyMode.TEST

    def may(self, scope: str) -> bool:
        """Whether the key carries the scope."""
        if ALL not in self.key.scopes and scope not in self.key.scopes:
            return False
        # A key that sees some customers only does nothing that cannot be narrowed to them.
        return self.key.data_scope is None or PERMISSIONS[scope].honours_scope


class KeyAuthentication(BaseAuthentication):
    """Bearer keys; a wrong one is refused without saying what is wrong with it."""

    @override
    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, presented = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated
        key = api_key_open(presented=presented.strip())
        return Caller(key=key, tenant=key.tenant), key

    @override
    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class ScopePermission(BasePermission):
    """The key's scopes against the view's ``scope_read`` or ``scope_write``; a view without one is shut."""

    @override
    def has_permission(self, request: Request, view: APIView) -> bool:
        caller = request.user
        if not isinstance(caller, Caller):
            return False
        scope = scope_of(view, str(request.method))
        return bool(scope) and caller.may(scope)


def scope_of(view: object, method: str) -> str:
    """The scope that a method of a view needs."""
    name = "scope_read" if method in SAFE_METHODS else "scope_write"
    return str(getattr(view, name, ""))
