from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.lifecycle.services import pulse_night
from scrm.events.jobs.nightly import nightly_register

# One write a night for activity, contribution and stage: they read facts only, and statistical tags,
# RFM, rule tags and segments come after them.
nightly_register("lifecycle", order=130, run=pulse_night, label=_("活跃、贡献值与生命周期"))
