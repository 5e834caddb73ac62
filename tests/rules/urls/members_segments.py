"""Addresses of segments: nights, comparisons and putting away."""

from __future__ import annotations

from datetime import date

from members.segments.snapshots import snapshot_take
from tests.factories.members import segment
from tests.rules.urls.rows import Api, Page

_DAYS = (date(2026, 1, 1), date(2026, 1, 8))
_NIGHTS = {"start": _DAYS[0].isoformat(), "end": _DAYS[1].isoformat()}


def objects() -> dict[str, str]:
    seen = segment("seen of A")
    for day in _DAYS:
        snapshot_take(seen, day)
    return {
        "seen_segment": seen.public_id,
        "other_segment": segment("other of A").public_id,
        "spare_segment": segment("spare of A").public_id,
    }


_SEEN = {"public_id": "{seen_segment}"}
_PAGE = {"segment_id": "{seen_segment}"}
_TWO = {"first": "{seen_segment}", "second": "{other_segment}"}

ROWS = [
    Api("segments-schema"),
    Api("segments-compare", query=_TWO),
    Api("segment-snapshots", path=_SEEN),
    Api("segment-changes", path=_SEEN, query=_NIGHTS),
    Api("segment-changed", path=_SEEN, query={**_NIGHTS, "change": "left"}),
    Api("segment", "DELETE", path={"public_id": "{spare_segment}"}, owner=204),
    Page("segments-archive", path={"segment_id": "{spare_segment}"}),
    Page("segments-archive", "POST", path={"segment_id": "{spare_segment}"}, owner=302),
    Page("segments-changes", path=_PAGE),
    Page("segments-changes", path=_PAGE, query=_NIGHTS),
    Page("segments-compare"),
    Page("segments-compare", query=_TWO),
]
