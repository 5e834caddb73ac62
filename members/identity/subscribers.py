from __future__ import annotations

from datetime import datetime

from members.identity.contacts import ContactChange, contact_take
from members.privacy.tombstones import is_erased
from scrm.core.secrets import secret_open
from scrm.events.bus import Event, subscriber


@subscriber("wecom.contact_changed", name="members.contact_take")
def contact_changed(event: Event) -> None:
    """A WeCom customer is a member from the moment WeCom names them."""
    told = event.payload
    if is_erased(corp_id=str(told["corp_id"]), external_userid=str(told["external_userid"])):
        return
    at = told.get("at")
    contact_take(
        ContactChange(
            corp_id=str(told["corp_id"]),
            external_userid=str(told["external_userid"]),
            unionid=str(told.get("unionid") or ""),
            name=str(told.get("name") or ""),
            gender=int(told.get("gender") or 0),
            phones=[secret_open(str(phone)) for phone in told.get("phones") or ()],
            change=str(told.get("change") or "edited"),
            state=str(told.get("state") or ""),
            at=datetime.fromisoformat(at) if isinstance(at, str) else event.occurred_at,
        )
    )
