from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.plans.services import plans_expire
from scrm.events.jobs.nightly import nightly_register

nightly_register("plans_expire", order=145, run=plans_expire, label=_("付费会员到期"))
