from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.tags.engine import rules_run, statistical_run
from scrm.events.jobs.nightly import nightly_register

# Figures before RFM and whatever else reads them as tags; rules after those, before segments are counted.
nightly_register("tags_statistical", order=250, run=statistical_run, label=_("统计标签"))
nightly_register("tags_rules", order=500, run=rules_run, label=_("规则标签"))
