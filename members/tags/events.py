from __future__ import annotations

from scrm.events.bus import event_register

event_register(
    "member.tagged", "Tags were put on members: {member_ids: [key], tags: [name], source}."
)
