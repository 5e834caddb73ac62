"""What people do with their own account is written down in every brand they serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from scrm.access.models import Membership
from scrm.events.actor import acting_as
from scrm.events.audit import record
from scrm.events.notices import notify
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import TenantStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.utils.functional import Promise

    from scrm.access.models import Operator
    from scrm.tenants.models import Tenant


def trail_write(
    action: str,
    *,
    operator: Operator,
    by: Operator | None = None,
    ip: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One audit row per brand of the person, each in its own transaction: call after the change.

    ``by``: the platform's staff who did it, where it was not the person.
    """
    who, label = operator, operator.name or operator.email
    if by is not None:
        who, label = by, f"{by.name} (platform)"
    for tenant in _brands(operator):
        with (
            tenant_scope(tenant),
            transaction.atomic(),
            acting_as(
                kind="operator",
                id=str(who.pk),
                label=label,
                ip=ip,
            ),
        ):
            record(
                action,
                object_type="operator",
                object_id=operator.public_id,
                before=before,
                after=after,
            )


def person_notify(
    *, operator: Operator, title: str | Promise, text: str | Promise, once: str = ""
) -> None:
    """The person's bell rings in every brand; `once` names the occasion."""
    for tenant in _brands(operator):
        with tenant_scope(tenant), transaction.atomic():
            notify("access.security", title=title, text=text, operator_id=operator.pk, once=once)


def _brands(operator: Operator) -> Iterator[Tenant]:
    """Brands that the person serves today: who was put out of one is none of its business any more."""
    places = Membership.objects.filter(
        operator=operator, tenant__status=TenantStatus.ACTIVE, deactivated_at=None
    )
    for place in list(places.select_related("tenant").order_by("pk")):
        yield place.tenant
