"""Saved rules get their sets as soon as they are saved."""

from __future__ import annotations

from members.segments.building import sets_for_segment
from scrm.events.bus import Event, subscriber


@subscriber("segment.changed", name="members.segment_sets")
def segment_changed(event: Event) -> None:
    """A rule is new or another one: build what it needs."""
    sets_for_segment(event.payload["segment_id"])
