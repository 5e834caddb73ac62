"""Reads of the platform's own endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, Case, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce

from scrm.access.models import ApiKey, Operator
from scrm.events.bus import EVENT_TYPES
from scrm.events.jobs.nightly import NightlyJob, nightly_steps
from scrm.events.models import AuditLog, Job, JobRun
from scrm.tenants.context import require_tenant_id
from scrm.tenants.models import Tenant
from scrm.tenants.settings import SETTINGS

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, kw_only=True)
class TenantView:
    """The brand with every setting, defaults filled in."""

    public_id: str
    slug: str
    name: str
    timezone: str
    currency: str
    industry: str
    color: str
    settings: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class EventType:
    """A published fact and what it says."""

    type: str
    doc: str


def tenant_view() -> TenantView:
    """The active brand as it stands in the database."""
    tenant = Tenant.objects.get(pk=require_tenant_id())
    values = {key: tenant.settings.get(key, spec.default) for key, spec in sorted(SETTINGS.items())}
    return TenantView(
        public_id=tenant.public_id,
        slug=tenant.slug,
        name=tenant.name,
        timezone=tenant.timezone,
        currency=tenant.currency,
        industry=tenant.industry,
        color=tenant.color,
        settings=values,
    )


def keys_list() -> QuerySet[ApiKey]:
    """The brand's keys, closed ones too."""
    return ApiKey.objects.all()


def jobs_list(*, kind: str = "", state: str = "") -> QuerySet[Job]:
    """Long work, narrowed by kind and state."""
    wanted = {name: value for name, value in (("kind", kind), ("state", state)) if value}
    return Job.objects.filter(**wanted)


def runs_list(*, name: str = "") -> QuerySet[JobRun]:
    """Runs of nightly steps."""
    return JobRun.objects.filter(job=name) if name else JobRun.objects.all()


def steps_list() -> list[NightlyJob]:
    """Nightly steps in the order they run."""
    return nightly_steps()


def audit_list(
    *,
    action: str = "",
    object_type: str = "",
    object_id: str = "",
    actor: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditLog]:
    """The audit log, narrowed; people are named by their public ids."""
    given = (
        ("action", action),
        ("object_type", object_type),
        ("object_id", object_id),
        ("actor_id", _actor_key(actor)),
        ("at__gte", since),
        ("at__lt", until),
    )
    rows = AuditLog.objects.filter(**{name: value for name, value in given if value})
    # The row's key becomes a number, not every person's key a text: so their index finds the one.
    is_key = When(actor_id__regex=r"^[0-9]{1,18}$", then=Cast("actor_id", BigIntegerField()))
    people = Operator.objects.filter(pk=OuterRef("actor_key")).values("public_id")
    is_person = When(actor_kind="operator", then=Coalesce(Subquery(people), Value("")))
    return rows.annotate(
        actor_key=Case(is_key), actor_public_id=Case(is_person, default=F("actor_id"))
    )


def _actor_key(public_id: str) -> str:
    """How the log names that person or key; what is unknown matches nothing."""
    if not public_id.startswith("opr_"):
        return public_id
    found = Operator.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    return public_id if found is None else str(found)


def event_types_list() -> list[EventType]:
    """Facts that may be published."""
    return [EventType(type=name, doc=doc) for name, doc in sorted(EVENT_TYPES.items())]
