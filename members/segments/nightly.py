from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from members.segments.services import segments_refresh
from scrm.events.jobs.nightly import nightly_register


def _run(_as_of: date) -> dict[str, int]:
    return segments_refresh()


# After RFM and its like: those are fields of segments.
nightly_register("segments", order=600, run=_run, label=_("人群人数"))
