"""One transfer at a time: once per reference, never below the floor, never edited."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from scrm.core.errors import InvalidValue
from scrm.events.jobs.nightly import job_run_now, nightly_day
from scrm.ledger.models import Account, Transfer
from scrm.ledger.nightly import LedgerImbalance, ledger_audit_run
from scrm.ledger.selectors import balances_get, ledger_audit, system_balance
from scrm.ledger.services import (
    InsufficientBalance,
    OverReversed,
    Owner,
    ReferenceReused,
    accounts_ensure,
    transfer_post,
    transfer_post_many,
)
from scrm.tenants.models import Tenant
from tests.scrm.ledger.books import balance, member_accounts, posting, system_account, transfer_id

pytestmark = pytest.mark.db


def post(debit: int, credit: int, amount: int, reference: str) -> str:
    return transfer_post(
        debit=debit, credit=credit, amount=amount, reason="test", reference=reference
    ).outcome


def test_an_amount_moves_once_per_reference(brand: Tenant) -> None:
    system, [member] = system_account(), member_accounts(1)
    assert [post(system, member, 50, "r1") for _ in range(3)] == ["posted", "replay", "replay"]
    assert (balance(member), system_balance(unit="points", kind="issued")) == (50, -50)
    assert Transfer.objects.count() == 1
    assert ledger_audit() == []


@pytest.mark.parametrize("change", ["amount", "debit", "credit", "reason"])
def test_a_reference_with_other_content_is_refused(brand: Tenant, change: str) -> None:
    system, other = system_account(), system_account("other")
    [member, second] = member_accounts(2)
    first = {"debit": system, "credit": member, "amount": 50, "reason": "test", "reference": "r1"}
    transfer_post(**first)  # type: ignore[arg-type]
    swapped = {"amount": 51, "debit": other, "credit": second, "reason": "else"}
    with pytest.raises(ReferenceReused):
        transfer_post(**{**first, change: swapped[change]})  # type: ignore[arg-type]
    assert (balance(member), balance(second)) == (50, 0)


def test_a_balance_never_falls_below_its_floor(brand: Tenant) -> None:
    system, [member], [debtor] = (
        system_account(),
        member_accounts(1),
        member_accounts(1, floor=None, first=9),
    )
    post(system, member, 10, "r1")
    with pytest.raises(InsufficientBalance):
        post(member, system, 11, "r2")
    assert post(member, system, 10, "r3") == "posted"
    assert post(debtor, system, 500, "r4") == "posted"
    assert (balance(member), balance(debtor)) == (0, -500)


def test_the_database_itself_holds_the_floor(brand: Tenant) -> None:
    [member] = member_accounts(1)
    with pytest.raises(Exception, match="account_above_floor"), transaction.atomic():
        Account.objects.filter(pk=member).update(balance=-1)


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_is_positive(brand: Tenant, amount: int) -> None:
    system, [member] = system_account(), member_accounts(1)
    with pytest.raises(InvalidValue):
        post(system, member, amount, "r1")


def test_units_do_not_mix(brand: Tenant) -> None:
    with pytest.raises(InvalidValue, match="unit_mismatch"):
        post(system_account(unit="growth"), member_accounts(1)[0], 5, "r1")
    with pytest.raises(InvalidValue, match="unknown unit"):
        accounts_ensure(unit="shells", owners=[Owner(kind="issued")])


def test_an_unknown_account_is_refused(brand: Tenant) -> None:
    with pytest.raises(InvalidValue, match="no_account"):
        post(system_account(), 2**40, 5, "r1")


def test_reversals_never_add_up_to_more_than_their_transfer(brand: Tenant) -> None:
    system, [member] = system_account(), member_accounts(1)
    post(system, member, 100, "earned")
    post(system, member, 7, "more")
    earned = transfer_id("earned")

    def reverse(amount: int, reference: str) -> None:
        transfer_post(
            debit=member,
            credit=system,
            amount=amount,
            reason="refund",
            reference=reference,
            reverses=earned,
        )

    reverse(60, "back-1")
    reverse(60, "back-1")  # a replay counts once
    with pytest.raises(OverReversed):
        reverse(41, "back-2")
    reverse(40, "back-3")
    with pytest.raises(OverReversed):
        reverse(1, "back-4")
    assert balance(member) == 7
    assert ledger_audit() == []


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_transfer SET amount = 1", "DELETE FROM ledger_transfer"]
)
def test_history_cannot_be_rewritten(brand: Tenant, statement: str) -> None:
    system, [member] = system_account(), member_accounts(1)
    post(system, member, 100, "r1")
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{statement} WHERE tenant_id = %s", [brand.pk])
    assert balance(member) == 100


def test_the_audit_finds_a_tampered_balance(brand: Tenant) -> None:
    system, [honest, tampered] = system_account(), member_accounts(2)
    post(system, honest, 100, "r1")
    post(system, tampered, 100, "r2")
    assert ledger_audit() == []
    Account.objects.filter(pk=tampered).update(balance=101)
    [finding] = ledger_audit()
    assert (finding.invariant, finding.object_id) == ("I-2", str(tampered))
    with pytest.raises(LedgerImbalance, match="balance 101"):
        ledger_audit_run(nightly_day())
    assert job_run_now("ledger_audit", nightly_day()).state == "failed"


def test_the_audit_finds_two_units_in_one_transfer(brand: Tenant) -> None:
    Transfer.objects.create(
        debit_id=system_account(unit="growth"),
        credit_id=system_account(unit="points"),
        amount=5,
        reason="planted",
        reference="planted",
        occurred_at=brand.created_at,
    )
    assert [finding.invariant for finding in ledger_audit()] == ["I-1"]


def test_accounts_are_made_once(brand: Tenant) -> None:
    assert member_accounts(3) == member_accounts(3)
    assert Account.objects.count() == 3
    found = balances_get(unit="points", owner_kind="member", owner_ids=[1, 2, 77])
    assert found == {(1, "available"): 0, (2, "available"): 0}


def test_a_refused_row_of_a_batch_rolls_the_whole_batch_back(brand: Tenant) -> None:
    system, [rich, poor] = system_account(), member_accounts(2)
    post(system, rich, 10, "r1")
    with pytest.raises(InsufficientBalance), transaction.atomic():
        transfer_post_many([posting(rich, system, 5, "b1"), posting(poor, system, 1, "b2")])
    assert (balance(rich), balance(poor)) == (10, 0)
    assert Transfer.objects.count() == 1


def test_a_batch_answers_in_the_order_it_was_asked(brand: Tenant) -> None:
    system, [one, two] = system_account(), member_accounts(2)
    post(system, one, 10, "known")
    told = transfer_post_many(
        [
            posting(system, two, 3, "new-2"),
            posting(system, one, 10, "known"),
            posting(system, one, 4, "new-1"),
            posting(system, one, 4, "new-1"),
        ]
    )
    assert [(row.reference, row.outcome) for row in told] == [
        ("new-2", "posted"), ("known", "replay"), ("new-1", "posted"), ("new-1", "replay"),
    ]  # fmt: skip
    assert (balance(one), balance(two)) == (14, 3)
    assert transfer_post_many([]) == []


def test_batches_take_no_reversals(brand: Tenant) -> None:
    system, [member] = system_account(), member_accounts(1)
    post(system, member, 10, "r1")
    row = posting(member, system, 1, "b1")
    with pytest.raises(InvalidValue, match="one by one"):
        transfer_post_many([type(row)(**{**row.__dict__, "reverses": transfer_id("r1")})])
