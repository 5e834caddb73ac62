from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.pools.services import pools_night
from scrm.events.jobs.nightly import nightly_register

nightly_register("pools", order=135, run=pools_night, label=_("粉丝池"))
