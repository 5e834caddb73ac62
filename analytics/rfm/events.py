"""Facts that RFM publishes."""

from __future__ import annotations

from scrm.events.bus import event_register

event_register("rfm.completed", "A night was scored: {as_of, scored, changed}.")
