"""A brand with a ladder; says things about orders, and reads back what growth and tiers made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from members.growth.audit import growth_audit
from members.growth.models import GrowthAccount, GrowthEntry
from members.growth.services import growth_settle
from members.identity.cipher import value_hash
from members.identity.rules import Claim
from members.orders.facts import LineFacts, OrderFacts, RefundFacts
from members.orders.models import Order
from members.orders.services import order_apply
from members.people.models import Member
from members.tiers.ladder import ladder_put
from members.tiers.models import MemberTier, TierGiftGrant, TierSpell
from members.tiers.services import tiers_settle
from scrm.ledger.selectors import ledger_audit
from tests.members.tiers.story import RUNGS, day


def ladder_make(at: float = -1000, **thresholds: int) -> None:
    """The ladder of the stories, in force since long ago."""
    rungs = [replace(rung, threshold=thresholds.get(rung.code, rung.threshold)) for rung in RUNGS]
    ladder_put(rungs, at=day(at))


def tell(
    number: int | str,
    *,
    buyer: str = "A1",
    lines: tuple[int, ...] = (),
    refund: tuple[str, float, dict[str, int]] | None = None,
    **moments: float,
) -> Order:
    """One message about one order (days as numbers, yuan per line), settled at once."""
    order = order_apply(
        OrderFacts(
            channel="shop",
            external_id=str(number),
            claims=(Claim(type="business_account", value=buyer),),
            lines=tuple(
                LineFacts(external_id=str(n), subtotal_fen=yuan * 100)
                for n, yuan in enumerate(lines)
            ),
            refunds=()
            if refund is None
            else (
                RefundFacts(
                    external_id=refund[0],
                    occurred_at=day(refund[1]),
                    amounts={line: yuan * 100 for line, yuan in refund[2].items()},
                ),
            ),
            **{name: day(n) for name, n in moments.items()},  # type: ignore[arg-type]
        )
    )
    tiers_settle(growth_settle([order.pk]))
    return order


def bought(number: int | str, n: float, yuan: int, **more: Any) -> Order:
    """Paid and completed on one day."""
    return tell(number, lines=(yuan,), placed_at=n, paid_at=n, completed_at=n, **more)


def member_of(buyer: str = "A1") -> Member:
    claim = Claim(type="business_account", value=buyer)
    return Member.objects.get(identities__value_hash=value_hash(claim))


def standing(buyer: str = "A1") -> tuple[str, str, int]:
    """(tier, state, counted growth) as stored."""
    row = MemberTier.objects.select_related("tier").get(member=member_of(buyer))
    return row.tier.code, row.state, row.metric


def prove() -> None:
    """The books of growth agree, nothing is below zero, and spells neither overlap nor leave gaps."""
    assert ledger_audit() == []
    assert growth_audit() == []
    ends: dict[int, datetime | None] = {}
    for spell in TierSpell.objects.order_by("member_id", "started_at"):
        if spell.member_id in ends:
            assert ends[spell.member_id] == spell.started_at
        ends[spell.member_id] = spell.ended_at
    assert not [member for member, end in ends.items() if end is not None]


@dataclass(frozen=True)
class Picture:
    """Everything that must not depend on the order of messages."""

    growth: dict[str, int]
    entries: tuple[tuple[Any, ...], ...]
    spells: tuple[tuple[Any, ...], ...]
    gifts: tuple[tuple[Any, ...], ...]
    standings: tuple[tuple[Any, ...], ...]


def picture(buyers: tuple[str, ...]) -> Picture:
    names = {member_of(buyer).pk: buyer for buyer in buyers}
    return Picture(
        growth={
            names[row.member_id]: row.lifetime for row in GrowthAccount.objects.all() if row.lifetime
        },
        entries=tuple(
            sorted(
                (names[row.member_id], row.source_id, row.cause, row.amount, row.effective_at, row.occurred_at)
                for row in GrowthEntry.objects.all()
            )
        ),
        # When somebody joined is people's affair: the earliest message that told of them.
        spells=tuple(
            sorted(
                (
                    (names[row.member_id], row.tier.code, row.started_at, row.valid_until,
                     row.grace_until, row.ended_at, row.state, row.cause)
                    for row in TierSpell.objects.select_related("tier").exclude(cause="joined")
                ),
                key=lambda row: (row[0], row[2]),
            )
        ),
        gifts=tuple(
            sorted(
                (names[row.member_id], row.tier.code, row.at)
                for row in TierGiftGrant.objects.select_related("tier").filter(state="granted")
            )
        ),
        standings=tuple(
            sorted(
                (names[row.member_id], row.tier.code, row.state, row.metric, row.next_due_at)
                for row in MemberTier.objects.select_related("tier")
            )
        ),
    )  # fmt: skip
