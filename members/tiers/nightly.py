from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.tiers.services import tiers_due
from scrm.events.jobs.nightly import nightly_register

nightly_register("tiers_due", order=140, run=tiers_due, label=_("等级到期与保级"))
