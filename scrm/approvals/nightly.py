from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from scrm.approvals.services import approvals_expire
from scrm.events.jobs.nightly import nightly_register


def approvals_expire_run(_as_of: date) -> dict[str, int]:
    """Let old requests go."""
    return {"expired": approvals_expire()}


nightly_register("approvals_expire", order=920, run=approvals_expire_run, label=_("关闭过期审批"))
