"""A batch does what its rows do one by one."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrm.core.errors import DomainError
from scrm.ledger.models import Account
from scrm.ledger.selectors import ledger_audit
from scrm.ledger.services import Posting, transfer_post, transfer_post_many
from scrm.tenants.context import tenant_scope
from tests.scrm.ledger.books import member_accounts, posting, system_account
from tests.support.api import tenant as new_tenant

MEMBERS = 4
# Debits, credits, amounts, and references from a small pool so that repeats occur.
rows = st.tuples(
    st.integers(0, MEMBERS),
    st.integers(0, MEMBERS),
    st.integers(1, 30),
    st.sampled_from("abcdefgh"),
).filter(lambda row: row[0] != row[1])


def outcome(
    batch: list[tuple[int, int, int, str]], *, set_wise: bool
) -> tuple[object, list[int | None]]:
    """What was told and what the accounts hold after, in a brand of its own."""
    with transaction.atomic(), tenant_scope(new_tenant()):
        keys = [system_account(), *member_accounts(MEMBERS)]
        for index, key in enumerate(keys[1:]):
            transfer_post(
                debit=keys[0], credit=key, amount=100, reason="start", reference=f"start-{index}"
            )
        postings = [posting(keys[d], keys[c], amount, ref) for d, c, amount, ref in batch]
        try:
            with transaction.atomic():
                told: object = [row.outcome for row in (
                    transfer_post_many(postings) if set_wise else [one(row) for row in postings]
                )]  # fmt: skip
        except DomainError as refusal:
            told = refusal.code
        held = dict(Account.objects.values_list("pk", "balance"))
        assert ledger_audit() == []
        transaction.set_rollback(True)
    return told, [held[key] for key in keys]


def one(row: Posting):
    return transfer_post(
        debit=row.debit,
        credit=row.credit,
        amount=row.amount,
        reason=row.reason,
        reference=row.reference,
    )


@pytest.mark.db
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(batch=st.lists(rows, min_size=1, max_size=8))
def test_a_batch_equals_its_rows_one_by_one(
    db: None, batch: list[tuple[int, int, int, str]]
) -> None:
    """The one difference is on purpose: credits of a batch do not pay for its debits."""
    told, held = outcome(batch, set_wise=True)
    single_told, single_held = outcome(batch, set_wise=False)
    if told == "insufficient_balance":
        assert held == [None, *[100] * MEMBERS]
    else:
        assert (told, held) == (single_told, single_held)
