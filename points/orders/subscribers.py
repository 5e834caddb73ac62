"""Orders changed: their points follow."""

from __future__ import annotations

from points.orders.services import orders_settle
from scrm.events.bus import Event, subscriber

_CHUNK = 500


@subscriber("order.changed", name="points.orders_settle")
def orders_changed(event: Event) -> None:
    """Settle all orders of the fact, set-wise."""
    order_ids = event.payload["order_ids"]
    for start in range(0, len(order_ids), _CHUNK):
        orders_settle(order_ids[start : start + _CHUNK])
