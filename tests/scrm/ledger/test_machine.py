"""The ledger against a model of it: any run of postings, replays, batches and reversals (I-1 to I-6)."""

from __future__ import annotations

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

from scrm.core.errors import DomainError
from scrm.ledger.models import Account, Transfer
from scrm.ledger.selectors import ledger_audit, system_balance
from scrm.ledger.services import (
    InsufficientBalance,
    OverReversed,
    ReferenceReused,
    transfer_post,
    transfer_post_many,
)
from scrm.tenants.context import tenant_scope
from tests.scrm.ledger.books import member_accounts, posting, system_account
from tests.support.api import tenant as new_tenant

MEMBERS = 3
places = st.integers(0, MEMBERS)  # 0 is the system
amounts = st.integers(1, 40)


class Books(RuleBasedStateMachine):
    """What every account must hold, kept in Python beside the database."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.scope = tenant_scope(new_tenant())
        self.scope.__enter__()
        self.keys = [
            system_account(),
            *member_accounts(MEMBERS - 1),
            *member_accounts(1, floor=None, first=50),
        ]
        self.floors: list[int | None] = [None, 0, 0, None]
        self.held = [0] * (MEMBERS + 1)
        self.posted: dict[str, tuple[int, int, int]] = {}
        self.reversed: dict[str, int] = {}
        self.count = 0

    def teardown(self) -> None:
        self.scope.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def fresh(self) -> str:
        self.count += 1
        return f"r{self.count}"

    def allowed(self, debit: int, amount: int) -> bool:
        floor = self.floors[debit]
        return floor is None or self.held[debit] - amount >= floor

    def keep(self, reference: str, debit: int, credit: int, amount: int) -> None:
        self.posted[reference] = (debit, credit, amount)
        self.held[debit] -= amount
        self.held[credit] += amount

    def post(self, reference: str, debit: int, credit: int, amount: int, **more: Any) -> str:
        try:
            return transfer_post(
                debit=self.keys[debit],
                credit=self.keys[credit],
                amount=amount,
                reason="test",
                reference=reference,
                **more,
            ).outcome
        except DomainError as refusal:
            return type(refusal).__name__

    @rule(debit=places, credit=places, amount=amounts)
    def post_new(self, debit: int, credit: int, amount: int) -> None:
        if debit == credit:
            return
        reference, allowed = self.fresh(), self.allowed(debit, amount)
        told = self.post(reference, debit, credit, amount)
        assert told == ("posted" if allowed else InsufficientBalance.__name__)
        if allowed:
            self.keep(reference, debit, credit, amount)

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def post_again(self, data: st.DataObject) -> None:
        reference = data.draw(st.sampled_from(sorted(self.posted)))
        assert self.post(reference, *self.posted[reference]) == "replay"

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def post_other_under_a_known_reference(self, data: st.DataObject) -> None:
        reference = data.draw(st.sampled_from(sorted(self.posted)))
        debit, credit, amount = self.posted[reference]
        assert self.post(reference, debit, credit, amount + 1) == ReferenceReused.__name__

    @precondition(lambda self: self.posted)
    @rule(data=st.data(), amount=amounts)
    def reverse(self, data: st.DataObject, amount: int) -> None:
        target = data.draw(st.sampled_from(sorted(self.posted)))
        debit, credit, whole = self.posted[target]
        done = self.reversed.get(target, 0)
        told = self.post(
            self.fresh(), credit, debit, amount, reverses=Transfer.objects.get(reference=target).pk
        )
        if not self.allowed(credit, amount):
            assert told == InsufficientBalance.__name__
        elif done + amount > whole:
            assert told == OverReversed.__name__
        else:
            assert told == "posted"
            self.reversed[target] = done + amount
            self.keep(f"r{self.count}", credit, debit, amount)

    @rule(rows=st.lists(st.tuples(places, places, amounts), min_size=1, max_size=6))
    def post_batch(self, rows: list[tuple[int, int, int]]) -> None:
        rows = [row for row in rows if row[0] != row[1]]
        drawn: dict[int, int] = {}
        for debit, _credit, amount in rows:
            drawn[debit] = drawn.get(debit, 0) + amount
        allowed = all(self.allowed(debit, total) for debit, total in drawn.items())
        named = [(self.fresh(), *row) for row in rows]
        batch = [posting(self.keys[d], self.keys[c], amount, ref) for ref, d, c, amount in named]
        try:
            with transaction.atomic():
                told = transfer_post_many(batch)
        except InsufficientBalance:
            assert not allowed
            return
        assert allowed
        assert all(row.is_new for row in told)
        for reference, debit, credit, amount in named:
            self.keep(reference, debit, credit, amount)

    @invariant()
    def balances_are_what_the_model_says(self) -> None:
        kept = dict(Account.objects.filter(pk__in=self.keys).values_list("pk", "balance"))
        assert [kept[key] for key in self.keys[1:]] == self.held[1:]
        assert system_balance(unit="points", kind="issued") == self.held[0]
        assert sum(self.held) == 0

    @invariant()
    def the_books_prove_themselves(self) -> None:
        assert ledger_audit() == []
        assert Transfer.objects.count() == len(self.posted)


@pytest.mark.db
def test_the_ledger_does_what_its_model_does(db: None) -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
