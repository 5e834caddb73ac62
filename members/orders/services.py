"""Take facts about orders, set-wise or one by one: same code, same end state (N-41)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from members.identity.rules import claim_normal
from members.identity.services import Arrival, Resolved, arrivals_resolve
from members.orders.errors import MemberRequired
from members.orders.facts import OrderFacts
from members.orders.models import Order
from members.orders.rollups import rollups_refresh
from members.orders.rules import OrderState, facts_check, state_merge
from members.orders.store import OrderKey, Stored, orders_insert, orders_load, orders_update
from members.people.selectors import living_ids
from scrm.core import clock
from scrm.core.errors import Busy, DomainError
from scrm.events.audit import record
from scrm.events.bus import publish
from scrm.tenants.context import current_tenant

_TRIES = 5
# A member and a day, as an event tells it.
Left = tuple[int, str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one message: an order, or the refusal. Refused messages wrote nothing."""

    order_id: int | None = None
    order_public_id: str = ""
    is_changed: bool = False
    is_new: bool = False
    error: DomainError | None = None


@dataclass
class _Case:
    """All good messages of a batch about one order."""

    places: list[int]
    facts: list[OrderFacts]
    state: OrderState
    stored: Stored | None


@transaction.atomic
def orders_apply(facts: Sequence[OrderFacts]) -> list[Outcome]:
    """Apply messages in the order given; outcomes stand at the same places.

    A refused message leaves the others alone. One `order.changed` tells of everything that moved.
    """
    outcomes: list[Outcome | None] = [None] * len(facts)
    waiting = list(range(len(facts)))
    changed: dict[int, int] = {}
    left: list[Left] = []
    for _try in range(_TRIES):
        if not waiting:
            break
        waiting = _apply(facts, waiting, outcomes, changed, left)
    if waiting:
        raise Busy("these orders are being written by others right now")
    if changed:
        # An order whose owner has just been merged may wait to be moved: both are told.
        living = living_ids(set(changed.values()), lock=True)
        members = sorted({*living, *living.values()})
        rollups_refresh(members)
        told: dict[str, object] = {"order_ids": sorted(changed), "member_ids": members}
        publish("order.changed", payload={**told, "left": left} if left else told)
    return [outcome for outcome in outcomes if outcome is not None]


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An order after one message; ``is_new`` when the message was the first about it."""

    order: Order
    is_new: bool
    is_changed: bool


def order_apply(facts: OrderFacts) -> Order:
    """Apply one message; raises its refusal. Repeating it changes nothing."""
    return order_record(facts).order


@transaction.atomic
def order_record(facts: OrderFacts) -> Recorded:
    """Apply one message from outside, with its line in the audit log."""
    outcome = orders_apply([facts])[0]
    if outcome.error is not None or outcome.order_id is None:
        raise outcome.error or Busy
    order = Order.objects.select_related("member").get(pk=outcome.order_id)
    if outcome.is_changed:
        record(
            "members.order_recorded",
            object_type="order",
            object_id=order.public_id,
            after={"net_fen": order.net_fen, "is_valid": order.is_valid},
        )
    return Recorded(order=order, is_new=outcome.is_new, is_changed=outcome.is_changed)


def _apply(
    facts: Sequence[OrderFacts],
    places: Sequence[int],
    outcomes: list[Outcome | None],
    changed: dict[int, int],
    left: list[Left],
) -> list[int]:
    """One round; returns the places whose orders somebody else inserted meanwhile."""
    cases = _cases(facts, places, outcomes)
    if not cases:
        return []
    members = _members_resolve(cases)
    updates = [(case.stored, case.state) for case in cases.values() if case.stored is not None]
    moved = [(stored, state) for stored, state in updates if stored.state != state]
    left += _days_left(moved)  # before the new state takes the old one's place
    orders_update(moved)
    changed.update((stored.order_id, stored.member_id) for stored, _state in moved)
    moved_ids = {stored.order_id for stored, _state in moved}
    for case in cases.values():
        if case.stored is not None:
            is_changed = case.stored.order_id in moved_ids
            _settle(case, case.stored, outcomes, is_changed=is_changed, is_new=False)
    fresh = [
        (key, members[key].member_id, members[key].via_identity_id, case.state)
        for key, case in cases.items()
        if case.stored is None
    ]
    made = orders_insert(fresh)
    changed.update((stored.order_id, stored.member_id) for stored in made.values())
    for key, stored in made.items():
        _settle(cases[key], stored, outcomes, is_changed=True, is_new=True)
    return [place for key, *_rest in fresh if key not in made for place in cases[key].places]


def _days_left(moved: Sequence[tuple[Stored, OrderState]]) -> list[Left]:
    """Days of payment that orders no longer have: nobody could find them by looking at the orders."""
    zone = current_tenant().timezone
    return [
        (stored.member_id, clock.local_date(before, zone).isoformat())
        for stored, state in moved
        if (before := stored.state.times.paid_at) is not None and before != state.times.paid_at
    ]


def _settle(
    case: _Case, stored: Stored, outcomes: list[Outcome | None], *, is_changed: bool, is_new: bool
) -> None:
    for place in case.places:
        outcomes[place] = Outcome(
            order_id=stored.order_id,
            order_public_id=stored.public_id,
            is_changed=is_changed,
            is_new=is_new,
        )


def _cases(
    facts: Sequence[OrderFacts], places: Sequence[int], outcomes: list[Outcome | None]
) -> dict[OrderKey, _Case]:
    """Check and merge; refused messages get their outcome here and are left out."""
    now = clock.now()
    sound = []
    for place in places:
        try:
            facts_check(facts[place], now=now)
            for claim in facts[place].claims:
                claim_normal(claim)
            sound.append(place)
        except DomainError as error:
            outcomes[place] = Outcome(error=error)
    stored = orders_load({facts[place].key for place in sound}) if sound else {}
    cases: dict[OrderKey, _Case] = {}
    for place in sound:
        told = facts[place]
        known = stored.get(told.key)
        case = cases.get(told.key)
        before = (
            case.state if case is not None else (known.state if known is not None else OrderState())
        )
        try:
            if known is None and case is None and not told.claims:
                raise MemberRequired("say whose order this is", pointer="/member")
            state = state_merge(before, told)
        except DomainError as error:
            outcomes[place] = Outcome(error=error)
            continue
        if case is None:
            cases[told.key] = _Case([place], [told], state, known)
        else:
            case.places.append(place)
            case.facts.append(told)
            case.state = state
    return cases


def _members_resolve(cases: dict[OrderKey, _Case]) -> dict[OrderKey, Resolved]:
    """Whose orders these are. An order stays with its member; what later messages know is added there."""
    keys, arrivals = [], []
    for key, case in cases.items():
        claims = tuple(dict.fromkeys(claim for told in case.facts for claim in told.claims))
        if not claims:
            continue
        moments = [told.first_at for told in case.facts if told.first_at is not None]
        keys.append(key)
        arrivals.append(
            Arrival(
                claims=claims,
                source=key[0],
                occurred_at=min(moments),
                profile=case.facts[0].profile,
                anchor=None if case.stored is None else case.stored.member_id,
            )
        )
    return dict(zip(keys, arrivals_resolve(arrivals), strict=True)) if arrivals else {}
