"""RFM follows the rollups of the same night."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from analytics.rfm.services import rfm_score
from scrm.events.jobs.nightly import nightly_register

nightly_register("rfm", order=300, run=rfm_score, label=_("RFM 打分"))
