"""What the API says about orders, as facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from members.identity.rules import Claim
from members.orders.errors import OrderRefused
from members.orders.facts import LineFacts, OrderFacts, RefundFacts
from members.orders.models import Order
from members.orders.selectors import order_get
from members.orders.services import Outcome, order_record, orders_apply
from scrm.core.errors import DomainError
from scrm.events.audit import record
from scrm.files.connectors import run_record


@dataclass(frozen=True, kw_only=True)
class Taken:
    """An order with its parts after a message."""

    order: Order
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class BatchTaken:
    """The outcomes of a batch, at the places of the messages."""

    orders: list[Outcome]


def order_take(body: Mapping[str, Any]) -> Taken:
    """Take a message about an order, new or known."""
    recorded = order_record(_facts(body))
    return Taken(order=order_get(recorded.order.public_id), is_new=recorded.is_new)


def orders_take(bodies: Sequence[Mapping[str, Any]]) -> BatchTaken:
    """Take many messages; a refused one leaves the others alone."""
    outcomes: list[Outcome] = []
    sound: list[tuple[int, OrderFacts]] = []
    for place, body in enumerate(bodies):
        outcomes.append(Outcome())
        try:
            sound.append((place, _facts(body)))
        except DomainError as error:
            outcomes[place] = Outcome(error=error)
    applied = orders_apply([facts for _place, facts in sound])
    for (place, _facts_of), outcome in zip(sound, applied, strict=True):
        outcomes[place] = outcome
    record(
        "members.orders_taken",
        object_type="order",
        object_id="batch",
        after={
            "orders": len(bodies),
            "changed": sum(outcome.is_changed for outcome in outcomes),
            "refused": sum(outcome.error is not None for outcome in outcomes),
        },
    )
    refusals = Counter(outcome.error.code for outcome in outcomes if outcome.error is not None)
    run_record(
        connector="rest",
        kind="orders",
        accepted=len(outcomes) - refusals.total(),
        reasons=refusals,
    )
    return BatchTaken(orders=outcomes)


def order_event_take(*, public_id: str, body: Mapping[str, Any]) -> Order:
    """Take one thing that happened to a known order."""
    order, told = order_get(public_id), dict(body)
    kind, at = told.pop("type"), told.pop("occurred_at")
    refund_id, parts = told.pop("external_id"), told.pop("refunded_lines", None)
    told |= {"channel": order.channel, "external_id": order.external_id}
    if kind == "refunded":
        if not refund_id or not parts:
            raise OrderRefused(
                "a refund needs its external_id and lines", pointer="/refunded_lines"
            )
        told["refunds"] = [{"external_id": refund_id, "occurred_at": at, "lines": parts}]
    else:
        if parts:
            raise OrderRefused("only a refund has refunded lines", pointer="/refunded_lines")
        told[f"{kind}_at"] = at
    order_record(_facts(told))
    return order_get(public_id)


def order_refund_take(*, public_id: str, body: Mapping[str, Any]) -> Order:
    """Take a refund of a known order."""
    order = order_get(public_id)
    order_record(
        _facts({"channel": order.channel, "external_id": order.external_id, "refunds": [body]})
    )
    return order_get(public_id)


def _facts(body: Mapping[str, Any]) -> OrderFacts:
    return OrderFacts(
        channel=body["channel"],
        external_id=body["external_id"],
        claims=tuple(Claim(**claim) for claim in body.get("member") or ()),
        placed_at=body.get("placed_at"),
        paid_at=body.get("paid_at"),
        completed_at=body.get("completed_at"),
        cancelled_at=body.get("cancelled_at"),
        shipping_fen=body.get("shipping", 0),
        order_discount_fen=body.get("order_discount", 0),
        lines=tuple(_line(line) for line in body.get("lines") or ()),
        refunds=tuple(_refund(refund) for refund in body.get("refunds") or ()),
    )


def _line(line: Mapping[str, Any]) -> LineFacts:
    return LineFacts(
        external_id=line["external_id"],
        sku=line["sku"],
        name=line["name"],
        category=line["category"],
        qty=line["qty"],
        subtotal_fen=line["subtotal"],
        discount_fen=line["discount"],
        offset_fen=line["offset"],
        points_excluded=line["points_excluded"],
    )


def _refund(refund: Mapping[str, Any]) -> RefundFacts:
    amounts = {part["line"]: part["amount"] for part in refund["lines"]}
    if len(amounts) < len(refund["lines"]):
        raise OrderRefused("a refund names a line twice", pointer="/lines")
    return RefundFacts(
        external_id=refund["external_id"], occurred_at=refund["occurred_at"], amounts=amounts
    )
