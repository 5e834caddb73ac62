"""Tags of figures follow activity as it happens."""

from __future__ import annotations

from members.tags.engine import tags_touch
from scrm.events.bus import Event, subscriber


@subscriber("activity.taken", name="members.tags_by_activity")
def activity_taken(event: Event) -> None:
    """Members did something: tags that read activity follow."""
    tags_touch(event.payload["member_ids"], frozenset({"activity"}))
