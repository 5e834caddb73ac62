"""Who may do what, and the keys of the API."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scrm.access.models import ApiKey, KeyMode, Membership, Operator
from scrm.access.permissions import PERMISSIONS, ROLES, roles_allow
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidValue, NotFound
from scrm.events.audit import audit_register, record
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant, TenantStatus
from scrm.tenants.services import tenant_create

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

# The key names its tenant, so the tenant is known before a tenant table is read.
_KEY = re.compile(r"sk_(live|test)_([0-9a-z]{1,12})_([0-9a-z]{8})([0-9a-zA-Z_-]{32})")
_SEEN_EVERY = timedelta(minutes=1)


audit_register("key.created", _("创建 API 密钥"))
audit_register("key.revoked", _("停用 API 密钥"))
ALL_SCOPES = "*"


class ScopeNotHeld(DomainError):
    """A key cannot give what it does not have itself."""

    code = "scope_not_held"
    kind = ErrorKind.FORBIDDEN


class Unauthenticated(DomainError):
    """No key, a malformed key, or a key that no longer opens anything."""

    code = "unauthenticated"
    kind = ErrorKind.UNAUTHENTICATED


@dataclass(frozen=True, kw_only=True)
class MadeKey:
    """A fresh key; ``secret`` is the whole key and is shown this once."""

    key: ApiKey
    secret: str


def may(*, operator: Operator, tenant_id: int, permission: str) -> bool:
    """Whether the operator's roles in that brand carry the permission."""
    roles = membership_roles(operator=operator, tenant_id=tenant_id)
    return roles is not None and roles_allow(roles, permission)


def membership_roles(*, operator: Operator, tenant_id: int) -> list[str] | None:
    """Roles of the operator in that brand; None for a stranger."""
    found = Membership.objects.filter(
        operator=operator, tenant_id=tenant_id, tenant__status=TenantStatus.ACTIVE
    ).first()
    return None if found is None else list(found.roles)


def membership_grant(*, operator: Operator, tenant: Tenant, roles: Sequence[str]) -> Membership:
    """Give the operator exactly these roles in the brand."""
    unknown = set(roles) - ROLES.keys()
    if unknown:
        message = f"unknown roles {sorted(unknown)}"
        raise InvalidValue(message, pointer="/roles")
    membership, _made = Membership.objects.update_or_create(
        operator=operator, tenant=tenant, defaults={"roles": list(roles)}
    )
    return membership


def operator_language_set(*, operator_id: int, language: str) -> None:
    """Remember the console language a person chose for themselves."""
    Operator.objects.filter(pk=operator_id).update(language=language)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while True:
        number, index = divmod(number, 36)
        text = digits[index] + text
        if not number:
            return text


def api_key_create(
    *,
    name: str,
    scopes: Iterable[str],
    mode: str = KeyMode.LIVE,
    expires_at: datetime | None = None,
    granted_by: Iterable[str] = (ALL_SCOPES,),
) -> MadeKey:
    """A key of the active tenant. Scopes are permission names, or ``*`` for all.

    ``granted_by`` are the maker's own scopes: nobody gives away more than they hold.
    """
    wanted = list(scopes)
    unknown = set(wanted) - PERMISSIONS.keys() - {ALL_SCOPES}
    if unknown:
        message = f"unknown scopes {sorted(unknown)}"
        raise InvalidValue(message, pointer="/scopes")
    held = set(granted_by)
    if ALL_SCOPES not in held and not set(wanted) <= held:
        message = f"the maker does not hold {sorted(set(wanted) - held)}"
        raise ScopeNotHeld(message, pointer="/scopes")
    key_id = "".join(secrets.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(8))
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        key = ApiKey.objects.create(
            key_id=key_id,
            secret_hash=_digest(secret),
            name=name,
            scopes=wanted,
            mode=mode,
            expires_at=expires_at,
        )
        record(
            "key.created",
            object_type="api_key",
            object_id=key.public_id,
            after={"name": name, "scopes": wanted, "mode": mode},
        )
    return MadeKey(key=key, secret=f"sk_{mode}_{_base36(key.tenant_id)}_{key_id}{secret}")


def api_key_open(*, presented: str) -> ApiKey:
    """The key that this text opens; Unauthenticated for anything else, without saying why."""
    match = _KEY.fullmatch(presented)
    if match is None:
        raise Unauthenticated
    mode, tenant_text, key_id, secret = match.groups()
    tenant = Tenant.objects.filter(
        pk=int(tenant_text, 36) % 2**62, status=TenantStatus.ACTIVE
    ).first()
    if tenant is None:
        raise Unauthenticated
    with tenant_scope(tenant), transaction.atomic():
        key = (
            ApiKey.objects.select_related("tenant")
            .filter(key_id=key_id, mode=mode, revoked_at=None)
            .first()
        )
        if key is None or not hmac.compare_digest(key.secret_hash, _digest(secret)):
            raise Unauthenticated
        at = clock.now()
        if key.expires_at is not None and key.expires_at <= at:
            raise Unauthenticated
        if key.last_used_at is None or at - key.last_used_at > _SEEN_EVERY:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key


def api_key_revoke(*, public_id: str) -> None:
    """Close the key for good; closing it again changes nothing. NotFound for an unknown one."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
        if key is None:
            raise NotFound
        if key.revoked_at is None:
            key.revoked_at = clock.now()
            key.save(update_fields=["revoked_at", "updated_at"])
            record("key.revoked", object_type="api_key", object_id=key.public_id)


@dataclass(frozen=True, kw_only=True)
class OpenedTenant:
    """A new brand with its first key (shown this once) and administrator."""

    tenant: Tenant
    secret: str
    admin: Operator | None
    is_new_admin: bool


def tenant_open(
    *,
    slug: str,
    name: str,
    timezone: str,
    industry: str = "",
    admin_email: str = "",
    admin_password: str = "",
) -> OpenedTenant:
    """Make a brand that can be worked with: a key for everything and, if named, an administrator.

    An operator who exists already keeps their password and gains the brand.
    """
    with transaction.atomic():
        tenant = tenant_create(slug=slug, name=name, timezone=timezone, industry=industry)
        with tenant_scope(tenant):
            made = api_key_create(name="first", scopes=[ALL_SCOPES])
        admin, is_new = None, False
        if admin_email:
            email = admin_email.strip().lower()
            admin = Operator.objects.filter(email=email).first()
            if admin is None:
                is_new = True
                admin = _operator_new(email=email, password=admin_password)
            membership_grant(operator=admin, tenant=tenant, roles=["tenant_admin"])
    return OpenedTenant(tenant=tenant, secret=made.secret, admin=admin, is_new_admin=is_new)


def _operator_new(*, email: str, password: str) -> Operator:
    try:
        validate_email(email)
        validate_password(password)
    except ValidationError as error:
        raise InvalidValue("; ".join(error.messages), pointer="/admin") from error
    return Operator.objects.create_user(email=email, password=password)
