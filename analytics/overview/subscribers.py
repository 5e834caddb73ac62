"""Orders changed: their days have to be counted again."""

from __future__ import annotations

from analytics.overview.services import orders_mark
from scrm.events.bus import Event, subscriber


@subscriber("order.changed", name="analytics.days_mark")
def orders_changed(event: Event) -> None:
    """Mark the days of payment."""
    orders_mark(event.payload["order_ids"])
