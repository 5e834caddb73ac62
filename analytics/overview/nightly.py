"""The overview's part of the night: after the rollups and the points, before RFM."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from analytics.overview.services import overview_freeze, overview_night
from scrm.events.jobs.nightly import nightly_register

nightly_register("overview_days", order=200, run=overview_night, label=_("经营日报"))
nightly_register("overview_freeze", order=210, run=overview_freeze, label=_("经营总览快照"))
