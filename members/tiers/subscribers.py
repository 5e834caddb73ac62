"""Orders, grants and new members: their growth and tiers follow.

Growth is settled before points hear of the same orders, so that an order finds the tier it was paid under.
"""

from __future__ import annotations

from members.growth.services import growth_settle
from members.tiers.services import members_enter, tiers_settle
from scrm.events.bus import Event, subscriber

_CHUNK = 500


@subscriber("order.changed", name="members.growth_settle")
def orders_changed(event: Event) -> None:
    """Growth of all orders of the fact, set-wise, then the tiers of whoever it moved for."""
    order_ids = event.payload["order_ids"]
    for start in range(0, len(order_ids), _CHUNK):
        tiers_settle(growth_settle(order_ids[start : start + _CHUNK]))


@subscriber("growth.changed", name="members.tiers_settle")
def growth_changed(event: Event) -> None:
    """Growth was given by hand or for a deed."""
    tiers_settle(event.payload["member_ids"])


@subscriber("member.created", name="members.tiers_enter")
def members_created(event: Event) -> None:
    """Everybody starts on the base."""
    members_enter(event.payload["member_ids"])
