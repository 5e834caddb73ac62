"""What moves people between pools as it happens, and who is to be screened."""

from __future__ import annotations

from members.identity.rules import Claim
from members.identity.selectors import member_find
from members.pools.screening import newcomers_screen
from members.pools.services import pools_enter
from scrm.events.bus import Event, subscriber


@subscriber("member.created", name="members.newcomers_screen")
def members_created(event: Event) -> None:
    """Newcomers wait for their first screening."""
    newcomers_screen(event.payload["member_ids"])


@subscriber("activity.taken", name="members.pools_by_activity")
def activity_taken(event: Event) -> None:
    """What somebody did may be a core action."""
    pools_enter(event.payload["member_ids"])


@subscriber("order.changed", name="members.pools_by_orders")
def orders_changed(event: Event) -> None:
    """A paid order may be a core action."""
    pools_enter(event.payload["member_ids"])


@subscriber("wecom.contact_changed", name="members.pools_by_contacts")
def contact_changed(event: Event) -> None:
    """Becoming a friend may be a core action."""
    told = event.payload
    who = member_find(Claim("external_userid", str(told["external_userid"]), str(told["corp_id"])))
    if who is not None:
        pools_enter([who.pk])
