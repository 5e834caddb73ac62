"""Many hands on one account: real connections, and a control that shows what the lock prevents."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from scrm.core.errors import DomainError
from scrm.ledger.models import Account, Transfer
from scrm.ledger.selectors import ledger_audit
from scrm.ledger.services import transfer_post, transfer_post_many
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.scrm.ledger.books import balance, member_accounts, posting, system_account, transfer_id
from tests.support.api import tenant as new_tenant

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
THREADS = 12


def together(brand: Tenant, act: Callable[[int], Any], *, threads: int = THREADS) -> Counter[str]:
    """Run `act(n)` in so many threads at once, each with its own connection; counts what they were told."""
    told: Counter[str] = Counter()
    ready = threading.Barrier(threads)

    def work(number: int) -> None:
        try:
            with tenant_scope(brand):
                connection.ensure_connection()
                ready.wait(timeout=30)
                with transaction.atomic():
                    told[str(act(number))] += 1
        except DomainError as refusal:
            told[refusal.code] += 1
        except Exception as error:  # noqa: BLE001 - a thread's fault is part of what was told
            told[type(error).__name__] += 1
        finally:
            connection.close()

    running = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(timeout=60)
    return told


def spend(debit: int, credit: int, amount: int, reference: str) -> str:
    return transfer_post(
        debit=debit, credit=credit, amount=amount, reason="race", reference=reference
    ).outcome


def naive_spend(debit: int, amount: int) -> str:
    """Read, decide, write: what the ledger must not do."""
    held = Account.objects.values_list("balance", flat=True).get(pk=debit)
    meeting.wait(timeout=30)
    if held is None or held < amount:
        return "insufficient_balance"
    Account.objects.filter(pk=debit).update(balance=held - amount)
    return "posted"


meeting = threading.Barrier(THREADS)


@pytest.fixture
def brand() -> Tenant:
    return new_tenant()


def funded(brand: Tenant, amount: int) -> tuple[int, int]:
    with tenant_scope(brand):
        system, [member] = system_account(), member_accounts(1)
        spend(system, member, amount, "start")
    return system, member


def test_one_balance_is_not_spent_twice(brand: Tenant) -> None:
    """EC-13."""
    system, member = funded(brand, 50)
    told = together(brand, lambda n: spend(member, system, 10, f"spend-{n}"))
    assert told == {"posted": 5, "insufficient_balance": THREADS - 5}
    with tenant_scope(brand):
        assert balance(member) == 0
        assert ledger_audit() == []


def test_without_the_lock_the_same_race_is_lost(brand: Tenant) -> None:
    """The control: twelve naive spenders all believe that they paid, and the books disagree."""
    _system, member = funded(brand, 50)
    told = together(brand, lambda _n: naive_spend(member, 10))
    assert told == {"posted": THREADS}
    with tenant_scope(brand):
        assert balance(member) == 40
        assert [finding.invariant for finding in ledger_audit()] == ["I-2"]


def test_one_reference_posts_once_however_many_ask(brand: Tenant) -> None:
    system, member = funded(brand, 10)
    told = together(brand, lambda _n: spend(system, member, 7, "same"))
    assert told == {"posted": 1, "replay": THREADS - 1}
    told = together(brand, lambda _n: spend(member, system, 17, "all of it"))
    assert told == {"posted": 1, "replay": THREADS - 1}
    with tenant_scope(brand):
        assert balance(member) == 0


def test_one_reference_with_two_contents_posts_one_of_them(brand: Tenant) -> None:
    system, member = funded(brand, 1)
    told = together(brand, lambda n: spend(system, member, 5 + n % 2, "same"))
    assert told["posted"] == 1
    assert told["posted"] + told["replay"] + told["reference_reused"] == THREADS
    with tenant_scope(brand):
        assert ledger_audit() == []


def test_postings_to_and_fro_do_not_lock_each_other_for_good(brand: Tenant) -> None:
    with tenant_scope(brand):
        system, [one, two] = system_account(), member_accounts(2)
        for key in (one, two):
            spend(system, key, 1000, f"start-{key}")

    def swap(number: int) -> str:
        giver, taker = (one, two) if number % 2 else (two, one)
        return [spend(giver, taker, 1, f"swap-{number}-{step}") for step in range(20)][-1]

    told = together(brand, swap)
    assert told == {"posted": THREADS}
    with tenant_scope(brand):
        assert (balance(one) or 0) + (balance(two) or 0) == 2000


def test_batches_and_single_postings_share_the_books(brand: Tenant) -> None:
    with tenant_scope(brand):
        system, members = system_account(), member_accounts(20)

    def act(number: int) -> str:
        if number % 3:
            rows = [posting(system, key, 2, f"batch-{key}") for key in reversed(members)]
            return "batch" if transfer_post_many(rows) else ""
        return spend(system, members[number], 1, f"single-{number}")

    told = together(brand, act)
    assert sum(told.values()) == told["batch"] + told["posted"]
    with tenant_scope(brand):
        assert ledger_audit() == []
        assert Transfer.objects.filter(reference__startswith="batch").count() == len(members)


def test_parallel_reversals_stop_at_the_whole(brand: Tenant) -> None:
    """Between two system accounts too, where no balance row makes them queue."""
    with tenant_scope(brand):
        one, two = system_account("one"), system_account("two")
        spend(one, two, 50, "first")
        first = transfer_id("first")

    def back(number: int) -> str:
        return transfer_post(
            debit=two,
            credit=one,
            amount=10,
            reason="back",
            reference=f"back-{number}",
            reverses=first,
        ).outcome

    assert together(brand, back) == {"posted": 5, "over_reversed": THREADS - 5}
