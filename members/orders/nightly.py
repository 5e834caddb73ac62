from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.orders.rollups import rollups_age
from scrm.events.jobs.nightly import nightly_register

nightly_register("rollups", order=100, run=rollups_age, label=_("会员消费汇总"))
