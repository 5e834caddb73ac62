"""Who may do what in which brand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from scrm.access.keys import ALL_SCOPES, api_key_create
from scrm.access.models import Membership, Operator
from scrm.access.permissions import ROLES, place_allows
from scrm.core.errors import InvalidValue
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant, TenantStatus
from scrm.tenants.services import tenant_create

if TYPE_CHECKING:
    from collections.abc import Sequence


def may(*, operator: Operator, tenant_id: int, permission: str) -> bool:
    """Whether the operator's roles in that brand carry the permission."""
    return operator_may(operator_id=operator.pk, tenant_id=tenant_id, permission=permission)


def operator_may(*, operator_id: int, tenant_id: int, permission: str) -> bool:
    """The same by key, for whoever knows only who acts."""
    place = membership_of(operator_id=operator_id, tenant_id=tenant_id)
    return place is not None and place_allows(
        place.roles, permission, is_limited=place.data_scope is not None
    )


def membership_of(*, operator_id: int, tenant_id: int) -> Membership | None:
    """The operator's open place in that brand; None for a stranger and for who was put out."""
    return Membership.objects.filter(
        operator_id=operator_id,
        tenant_id=tenant_id,
        tenant__status=TenantStatus.ACTIVE,
        deactivated_at=None,
    ).first()


def membership_roles(*, operator: Operator, tenant_id: int) -> list[str] | None:
    """Roles of the operator in that brand; None for a stranger."""
    found = membership_of(operator_id=operator.pk, tenant_id=tenant_id)
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
        validate_password(password, Operator(email=email))
    except ValidationError as error:
        raise InvalidValue("; ".join(error.messages), pointer="/admin") from error
    return Operator.objects.create_user(email=email, password=password)
