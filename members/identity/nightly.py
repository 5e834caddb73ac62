from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from members.identity.merging import merges_resume
from members.identity.reporting import identity_report
from scrm.events.jobs.nightly import nightly_register


def _resume(_as_of: date) -> dict[str, int]:
    return {"merges": merges_resume()}


nightly_register("merges_resume", order=15, run=_resume, label=_("续跑会员合并"))
nightly_register("identity_report", order=700, run=identity_report, label=_("身份报告"))
