"""N-40: however people are met, stitched, merged and split, every fact has one living owner, and splitting
everything gives everybody back what their own identifiers brought.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from members.identity.merging import (
    MergeBlocked,
    MergeSelf,
    SplitBlocked,
    member_merge,
    member_split,
)
from members.identity.models import Identity, MemberMerge, MergeState
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.orders.models import MemberRollup, Order
from members.people.models import Member, MemberStatus, SourceTouch
from members.people.selectors import living_ids
from members.people.services import member_touch
from members.tags.models import MemberTag
from members.tags.services import member_tag_add
from points.lots.audit import points_audit
from points.lots.books import lot_facts, spend_facts
from points.lots.models import Lot, PointsAccount, Spend
from points.lots.rules import standing_of
from points.lots.services import (
    InsufficientPoints,
    PointsDebt,
    members_settle,
    points_capture,
    points_grant,
    points_hold,
    points_spend,
    points_void,
)
from points.orders.services import orders_settle
from scrm.core import clock
from scrm.core.errors import InvalidTransition
from scrm.ledger.selectors import ledger_audit
from scrm.tenants.context import tenant_scope
from tests.factories.members import START, order, refund
from tests.support.api import tenant

_NAMES = st.sampled_from("abcd")
_COOKIES = st.sampled_from("xy")


class People(RuleBasedStateMachine):
    """What is done to people, and what is known of where each fact came from."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(tenant_scope(tenant()))
        self.stack.enter_context(_Undone())
        self.count = 0
        self.home: dict[int, int] = {}  # identifier → the account it was first written to
        self.orders: dict[int, int] = {}  # order → the identifier that brought it
        self.tags: dict[str, int] = {}  # tag → the account that was living when it was put on
        self.touches: dict[str, int] = {}
        self.bought_as: dict[str, dict[str, Any]] = {}  # order → what was told of it
        self.lots: dict[int, int] = {}  # lot → the account it came to, for good
        self.spends: dict[str, int] = {}

    def teardown(self) -> None:
        try:
            self._all_apart()
        finally:
            self.stack.close()

    # -- what happens -------------------------------------------------------------------------------
    @rule(names=st.lists(_NAMES, max_size=2, unique=True), cookies=st.lists(_COOKIES, max_size=1))
    def met(self, names: list[str], cookies: list[str]) -> None:
        if names or cookies:
            identity_resolve(claims=_claims(names, cookies), source="app", occurred_at=START)
            self._homes()

    @rule(
        names=st.lists(_NAMES, max_size=1),
        cookies=st.lists(_COOKIES, max_size=1),
        days=st.sampled_from([0, -500, 280]),
    )
    def bought(self, names: list[str], cookies: list[str], days: int) -> None:
        if names or cookies:
            self.count += 1
            at = START + timedelta(days=days)
            told = {
                "claims": tuple(_claims(names, cookies)),
                "external_id": f"o{self.count}",
                "at": at,
                "completed_at": at + timedelta(days=1),
            }
            made = order(**told)
            self._homes()
            assert made.via_identity_id is not None
            self.orders[made.pk] = made.via_identity_id
            self.bought_as[made.external_id] = told
            self._hear()

    @precondition(lambda self: self.bought_as)
    @rule(data=st.data(), fen=st.sampled_from([3_000, 10_000]), is_late=st.booleans())
    def refunded(self, data: st.DataObject, fen: int, is_late: bool) -> None:
        told = self.bought_as[data.draw(st.sampled_from(sorted(self.bought_as)))]
        before = told.get("refunds", ())
        fen = min(fen, 10_000 - sum(sum(each.amounts.values()) for each in before))
        if not fen:
            return
        at = clock.now() if is_late else told["at"] + timedelta(days=20)
        told["refunds"] = (*before, refund(f"r{len(before)}", fen, at=at))
        order(**told)
        self._hear()

    @precondition(lambda self: self.home)
    @rule(data=st.data(), points=st.integers(1, 120))
    def points_given(self, data: st.DataObject, points: int) -> None:
        self.count += 1
        someone = self._someone(data)
        lot = points_grant(member_id=someone.pk, points=points, reference=f"g{self.count}")
        assert lot.member_id == living_ids([someone.pk])[someone.pk]

    @precondition(lambda self: self.home)
    @rule(data=st.data(), points=st.integers(1, 120), is_hold=st.booleans())
    def points_taken(self, data: st.DataObject, points: int, is_hold: bool) -> None:
        self.count += 1
        someone, take = self._someone(data), points_hold if is_hold else points_spend
        with suppress(InsufficientPoints, PointsDebt):
            spend = take(member_id=someone.pk, points=points, reference=f"s{self.count}")
            self.spends[spend.public_id] = living_ids([someone.pk])[someone.pk]

    @precondition(lambda self: self.spends)
    @rule(data=st.data(), is_void=st.booleans())
    def hold_ended(self, data: st.DataObject, is_void: bool) -> None:
        with suppress(InvalidTransition):
            spend = data.draw(st.sampled_from(sorted(self.spends)))
            (points_void if is_void else points_capture)(spend_id=spend)

    @precondition(lambda self: self.home)
    @rule(data=st.data())
    def tagged_and_touched(self, data: st.DataObject) -> None:
        someone = self._someone(data)
        self.count += 1
        word = f"t{self.count}"
        member_tag_add([someone.pk], [word], "operator")
        member_touch(member_id=someone.pk, source="store", state=word, at=START)
        self.tags[word] = self.touches[word] = living_ids([someone.pk])[someone.pk]

    @precondition(lambda self: self.home)
    @rule(data=st.data())
    def merged(self, data: st.DataObject) -> None:
        source, target = self._someone(data), self._someone(data)
        with suppress(MergeSelf, MergeBlocked, InvalidTransition):
            done = member_merge(source=source.public_id, target=target.public_id, reason="同一个人")
            assert done.state == MergeState.DONE
            again = member_merge(
                source=source.public_id, target=target.public_id, reason="同一个人"
            )
            assert again.pk == done.pk

    @precondition(lambda self: MemberMerge.objects.exists())
    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        merges = list(MemberMerge.objects.order_by("pk").values_list("public_id", flat=True))
        with suppress(SplitBlocked):
            done = member_split(merge=data.draw(st.sampled_from(merges)), reason="两个人")
            assert done.state == MergeState.REVERTED
            self._hear()

    # -- what holds at every step -------------------------------------------------------------------
    @invariant()
    def every_fact_has_one_living_owner(self) -> None:
        gone = Member.objects.filter(status=MemberStatus.MERGED)
        for model in (Identity, Order, MemberTag, SourceTouch):
            assert not model.objects.filter(member__in=gone).exists(), model.__name__
        assert Order.objects.count() == len(self.orders)
        assert MemberTag.objects.count() == len(self.tags)
        living = living_ids(gone.values_list("pk", flat=True))
        assert not set(living.values()) & set(living), "no chain ends in somebody gone"

    @invariant()
    def points_stay_where_they_came_to_and_the_books_are_true(self) -> None:
        assert ledger_audit() == []
        assert points_audit() == []
        for key, owner in Lot.objects.values_list("pk", "member_id"):
            assert self.lots.setdefault(key, owner) == owner
        assert dict(Spend.objects.values_list("public_id", "member_id")) == self.spends
        for account in PointsAccount.objects.filter(member__status=MemberStatus.MERGED):
            assert _figures(account) == (0, 0, 0, 0), "nothing stands in an account that is gone"

    @invariant()
    def what_was_added_up_is_what_the_facts_say(self) -> None:
        before = _points()
        members_settle(list(PointsAccount.objects.values_list("member_id", flat=True)))
        assert _points() == before

    @invariant()
    def rollups_are_what_the_orders_say(self) -> None:
        told: dict[int, int] = {}
        for owner in Order.objects.filter(is_valid=True).values_list("member_id", flat=True):
            told[owner] = told.get(owner, 0) + 1
        for owner, count in MemberRollup.objects.values_list("member_id", "orders_count"):
            assert count == told.get(owner, 0)

    # -- helpers ------------------------------------------------------------------------------------
    def _hear(self) -> None:
        """What points do when they are told that orders changed."""
        orders_settle(list(self.orders))

    def _homes(self) -> None:
        for key, owner in Identity.objects.values_list("pk", "member_id"):
            self.home.setdefault(key, owner)

    def _someone(self, data: st.DataObject) -> Member:
        everybody = list(Member.objects.order_by("pk"))
        return everybody[data.draw(st.integers(0, len(everybody) - 1))]

    def _all_apart(self) -> None:
        done = MemberMerge.objects.filter(state=MergeState.DONE).order_by("-pk")
        for public_id in list(done.values_list("public_id", flat=True)):
            member_split(merge=public_id, reason="")
        assert not Member.objects.filter(status=MemberStatus.MERGED).exists()
        assert dict(Identity.objects.values_list("pk", "member_id")) == self.home
        owners = dict(Order.objects.values_list("pk", "member_id"))
        assert owners == {key: self.home[via] for key, via in self.orders.items()}
        assert dict(MemberTag.objects.values_list("tag__name", "member_id")) == self.tags
        stores = SourceTouch.objects.filter(source="store")
        assert dict(stores.values_list("state", "member_id")) == self.touches
        self._hear()
        owners = dict(Lot.objects.filter(qty__gt=0).values_list("order_id", "member_id"))
        for key, owner in owners.items():
            assert key is None or owner == self.home[self.orders[key]]
        for account in PointsAccount.objects.all():
            lots = list(Lot.objects.filter(member_id=account.member_id))
            alone = standing_of(
                [lot_facts(lot) for lot in lots],
                [spend_facts(row) for row in Spend.objects.filter(member_id=account.member_id)],
                at=clock.now(),
            )
            told = (alone.available, alone.pending, alone.held, alone.debt)
            assert _figures(account) == told, "as if there had been no merge"
            for lot, result in zip(lots, alone.lots, strict=True):
                assert lot.flows == {flow: n for flow, n in result.flows.items() if n}


class _Undone:
    """A transaction that is always rolled back."""

    def __enter__(self) -> None:
        self._atomic: Any = transaction.atomic()
        self._atomic.__enter__()

    def __exit__(self, *error: object) -> None:
        transaction.set_rollback(True)
        self._atomic.__exit__(*error)


def _figures(account: PointsAccount) -> tuple[int, int, int, int]:
    return account.available, account.pending, account.held, account.debt


def _points() -> object:
    return (
        {row.pk: _figures(row) for row in PointsAccount.objects.all()},
        {row.pk: (row.remaining, row.held, row.state, row.flows) for row in Lot.objects.all()},
        {row.pk: row.flows for row in Spend.objects.all()},
    )


def _claims(names: list[str], cookies: list[str]) -> list[Claim]:
    accounts = [Claim("business_account", name) for name in names]
    return [*accounts, *(Claim("cookie", name) for name in cookies)]


def _run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        People,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_split_is_the_inverse_of_merge_whatever_happens_between() -> None:
    _run(examples=20, steps=16)
