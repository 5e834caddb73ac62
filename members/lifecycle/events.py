from __future__ import annotations

from scrm.events.bus import event_register

event_register(
    "member.stage_changed",
    "Members came to another stage of life: {moves: [[member key, stage before, stage after]], as_of: local day}.",
)
