from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.growth.audit import audit_run
from scrm.events.jobs.nightly import nightly_register

nightly_register("growth_audit", order=905, run=audit_run, label=_("成长值核对"))
