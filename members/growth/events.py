from __future__ import annotations

from scrm.events.bus import event_register

event_register("growth.changed", "Members got growth that no order brought: {member_ids: [key]}.")
