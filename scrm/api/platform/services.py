"""Writes of the platform's own endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.api.platform.selectors import TenantView, tenant_view
from scrm.core import clock
from scrm.core.errors import InvalidValue, NotFound
from scrm.events.audit import audit_register, record
from scrm.events.jobs.nightly import NIGHTLY, nightly_day, nightly_run_all
from scrm.events.models import JobRun, JobState
from scrm.events.relay import relay_tenant
from scrm.tenants.context import current_tenant, require_tenant_id
from scrm.tenants.services import TenantChange, tenant_change

if TYPE_CHECKING:
    from datetime import date

EVERY_STEP = "nightly"

audit_register("job.run_by_hand", gettext_lazy("手动运行夜间任务"))


@dataclass(frozen=True, kw_only=True)
class Runs:
    """What ran of the night, in order."""

    name: str
    as_of: date
    state: str
    steps: list[JobRun]


def tenant_patch(*, changes: dict[str, Any]) -> TenantView:
    """Change the active brand's profile or settings, as one version."""
    tenant_change(tenant_id=require_tenant_id(), change=TenantChange(**changes))
    return tenant_view()


def step_run(*, name: str, as_of: date | None) -> Runs:
    """Run one nightly step, or all in order as ``nightly``, for a local day; again if it ran before.

    Facts written before the call are heard first, so that a step sees what the caller has just sent.
    """
    if name not in NIGHTLY and name != EVERY_STEP:
        raise NotFound
    day = as_of or nightly_day()
    today = clock.local_date(clock.now(), current_tenant().timezone)
    if day > today and not settings.TEST_CLOCK:
        raise InvalidValue(_("不能为将来的日期运行"), pointer="/as_of")
    with transaction.atomic():
        record(
            "job.run_by_hand", object_type="job", object_id=name, after={"as_of": day.isoformat()}
        )
    relay_tenant()
    steps = nightly_run_all(as_of=day, only="" if name == EVERY_STEP else name)
    state = steps[-1].state if steps else JobState.DONE
    return Runs(name=name, as_of=day, state=state, steps=steps)
