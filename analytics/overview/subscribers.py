"""Facts that move a day's figures. Each only marks days; counting follows within seconds."""

from __future__ import annotations

from datetime import date, datetime

from analytics.overview.marks import days_mark_members, days_mark_orders
from analytics.overview.services import FriendChange, friends_take
from scrm.events.bus import Event, subscriber

_KINDS = {
    "added": "added",
    "synced": "added",
    "deleted_by_staff": "lost",
    "deleted_by_customer": "lost",
}


@subscriber("order.changed", name="analytics.overview_orders")
def orders_changed(event: Event) -> None:
    """Payments, refunds and cancellations move the day of payment."""
    left = [
        (int(member_id), date.fromisoformat(day))
        for member_id, day in event.payload.get("left") or ()
    ]
    days_mark_orders(event.payload["order_ids"], left=left)


@subscriber("member.created", name="analytics.overview_members")
def members_created(event: Event) -> None:
    """New members count on the day they joined."""
    days_mark_members(event.payload["member_ids"])


@subscriber("member.merged", name="analytics.overview_merged")
def member_merged(event: Event) -> None:
    """One member less, and two histories in one."""
    days_mark_members([event.payload["source_id"], event.payload["target_id"]], purchases=True)


@subscriber("member.settled", name="analytics.overview_settled")
def member_settled(event: Event) -> None:
    """The rows of a merge or a split have arrived."""
    days_mark_members(event.payload["member_ids"], purchases=True)


@subscriber("wecom.contact_changed", name="analytics.overview_friends")
def contact_changed(event: Event) -> None:
    """Friends won and lost."""
    told = event.payload
    kind = _KINDS.get(str(told.get("change")))
    if kind is None:
        return
    at = told.get("at")
    friends_take(
        [
            FriendChange(
                corp_id=str(told["corp_id"]),
                external_userid=str(told["external_userid"]),
                userid=str(told.get("userid") or ""),
                kind=kind,
                at=datetime.fromisoformat(at) if isinstance(at, str) else event.occurred_at,
            )
        ]
    )
