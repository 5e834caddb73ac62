"""Newcomers get their row; whoever does something has been active from then on."""

from __future__ import annotations

from members.lifecycle.services import pulses_make, pulses_touch
from scrm.events.bus import Event, subscriber


@subscriber("member.created", name="members.pulses_make")
def members_created(event: Event) -> None:
    """Everybody begins as a lead in the public."""
    pulses_make(event.payload["member_ids"])


@subscriber("activity.taken", name="members.pulses_touch")
def activity_taken(event: Event) -> None:
    """Somebody did something."""
    pulses_touch(event.payload["member_ids"])


@subscriber("order.changed", name="members.pulses_by_orders")
def orders_changed(event: Event) -> None:
    """Somebody ordered or paid."""
    pulses_touch(event.payload["member_ids"])
