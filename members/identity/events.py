from __future__ import annotations

from scrm.events.bus import event_register

event_register(
    "identity.conflict_found",
    "One message claimed identifiers of two known members; nobody was merged: {kept_id, other_id, types}.",
)
