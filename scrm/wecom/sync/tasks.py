"""The hourly bell of the reconciliation; the jobs it starts are rows."""

from __future__ import annotations

from celery import shared_task

from scrm.tenants.context import across_tenants
from scrm.wecom.sync.services import sync_reconcile


@shared_task(name="jobs.wecom_reconcile")
def jobs_wecom_reconcile() -> int:
    """Start the reconciliation of every tenant's applications."""
    return sum(
        sync_reconcile() for _tenant in across_tenants("every tenant's contacts are reconciled")
    )
