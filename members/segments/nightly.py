from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from members.segments.building import sets_audit, sets_renew
from members.segments.services import segments_refresh
from members.segments.snapshots import snapshots_take
from scrm.events.jobs.nightly import nightly_register


def _sets(_as_of: date) -> dict[str, int]:
    return sets_renew()


def _count(as_of: date) -> dict[str, int]:
    return segments_refresh() | snapshots_take(as_of)


def _audit(_as_of: date) -> dict[str, int]:
    return sets_audit()


# After RFM and its like: those are fields of segments.
nightly_register("segment_sets", order=590, run=_sets, label=_("人群索引"))
nightly_register("segments", order=600, run=_count, label=_("人群人数与快照"))
nightly_register("segment_sets_audit", order=930, run=_audit, label=_("人群索引核对"))
