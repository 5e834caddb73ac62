"""A new version of the ladder lifts whoever it lifts, in the background and set-wise."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from members.tiers.ladder import JOB
from members.tiers.selectors import moves_wanted, version_now
from members.tiers.services import members_enter, metrics_age, tiers_settle
from scrm.events.jobs.services import job_advance, job_finish, job_kind_register
from scrm.events.models import Job
from scrm.tenants.context import require_tenant_id

_CHUNK = 500
_WITHOUT = """
    SELECT DISTINCT e.member_id FROM members_growthentry e
     WHERE e.tenant_id = %(tenant)s AND e.member_id > %(after)s
       AND NOT EXISTS (SELECT 1 FROM members_membertier s
                        WHERE s.tenant_id = e.tenant_id AND s.member_id = e.member_id)
     ORDER BY 1 LIMIT %(limit)s
"""


def ladder_apply(job: Job) -> None:
    """Everybody gets a standing; then those are settled whom the rungs move at once."""
    version = version_now()
    if version is None:
        job_finish(job)
        return
    metrics_age(version)
    members_enter()
    without: tuple[str, dict[str, Any]] = (_WITHOUT, {"tenant": require_tenant_id()})
    for select, values in (without, _wanted()):
        after = 0
        while True:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(select, {**values, "after": after, "limit": _CHUNK})
                    found = [row[0] for row in cursor.fetchall()]
                if not found:
                    break
                tiers_settle(found)
                after = found[-1]
                job_advance(job, done=len(found))
    job_finish(job)


def _wanted() -> tuple[str, dict[str, Any]]:
    version = version_now()
    assert version is not None  # noqa: S101 - the caller looked; said for the type checker
    select, values = moves_wanted(version.rungs, version.rules)
    return (
        f"SELECT member_id FROM ({select}) w WHERE member_id > %(after)s ORDER BY 1 LIMIT %(limit)s",  # noqa: S608 - our own text
        values,
    )


job_kind_register(JOB, _("等级体系生效"), body=ladder_apply, permission="tiers.edit")
