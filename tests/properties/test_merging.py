"""N-40: however people are met, stitched, merged and split, every fact has one living owner, and splitting
everything gives everybody back what their own identifiers brought.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
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
from scrm.core.errors import InvalidTransition
from scrm.tenants.context import tenant_scope
from tests.factories.members import START, order
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

    @rule(names=st.lists(_NAMES, max_size=1), cookies=st.lists(_COOKIES, max_size=1))
    def bought(self, names: list[str], cookies: list[str]) -> None:
        if names or cookies:
            self.count += 1
            made = order(claims=tuple(_claims(names, cookies)), external_id=f"o{self.count}")
            self._homes()
            assert made.via_identity_id is not None
            self.orders[made.pk] = made.via_identity_id

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
    def rollups_are_what_the_orders_say(self) -> None:
        told: dict[int, int] = {}
        for owner in Order.objects.filter(is_valid=True).values_list("member_id", flat=True):
            told[owner] = told.get(owner, 0) + 1
        for owner, count in MemberRollup.objects.values_list("member_id", "orders_count"):
            assert count == told.get(owner, 0)

    # -- helpers ------------------------------------------------------------------------------------
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


class _Undone:
    """A transaction that is always rolled back."""

    def __enter__(self) -> None:
        self._atomic: Any = transaction.atomic()
        self._atomic.__enter__()

    def __exit__(self, *error: object) -> None:
        transaction.set_rollback(True)
        self._atomic.__exit__(*error)


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
