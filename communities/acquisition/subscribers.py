"""What contact codes hear."""

from __future__ import annotations

from datetime import datetime

from communities.acquisition.services import contact_code_arrival
from scrm.events.bus import Event, subscriber


@subscriber("wecom.contact_changed", name="communities.contact_code_arrival")
def contact_changed(event: Event) -> None:
    """A customer came in through one of our codes."""
    told = event.payload
    at = told.get("at")
    contact_code_arrival(
        corp_id=str(told["corp_id"]),
        external_userid=str(told["external_userid"]),
        userid=str(told.get("userid") or ""),
        state=str(told.get("state") or ""),
        change=str(told.get("change") or ""),
        at=datetime.fromisoformat(at) if isinstance(at, str) else event.occurred_at,
    )
