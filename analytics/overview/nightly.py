"""The overview's figures follow rollups, points and RFM of the same night."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from analytics.overview.services import daily_stats
from scrm.events.jobs.nightly import nightly_register

nightly_register("daily_stats", order=400, run=daily_stats, label=_("经营日报"))
