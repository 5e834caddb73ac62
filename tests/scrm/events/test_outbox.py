"""Facts: written with their change, heard once by every subscriber, in order, whatever fails."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from scrm.core import clock
from scrm.events import bus, relay
from scrm.events.bus import Event, NoTransaction, event_register, publish, subscriber
from scrm.events.models import EventHeard, Job, OutboxEvent
from scrm.tenants.context import NoTenant, no_tenant, tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db
TYPE = "test.happened"


def say(*numbers: int, fails: bool = False) -> None:
    with transaction.atomic():
        for number in numbers:
            publish(TYPE, payload={"n": number})


def effect(event: Event) -> None:
    """A row that proves that the subscriber ran."""
    Job.objects.create(kind="effect", params=event.payload)


def effects() -> list[int]:
    return list(
        Job.objects.filter(kind="effect").order_by("pk").values_list("params__n", flat=True)
    )


def test_a_fact_is_heard_once_by_each_and_in_order(brand: Tenant) -> None:
    heard: list[tuple[str, int]] = []
    for name in ("one", "two"):
        subscriber(TYPE, name=name)(
            lambda event, name=name: heard.append((name, event.payload["n"]))
        )
    say(1, 2, 3)
    assert relay.relay_chunk() == 3
    assert relay.relay_chunk() == 0
    assert heard == [(name, n) for n in (1, 2, 3) for name in ("one", "two")]
    assert EventHeard.objects.count() == 6


def test_a_fact_needs_the_transaction_of_its_change(brand: Tenant, monkeypatch: Any) -> None:
    monkeypatch.setattr(bus, "connection", type("Loose", (), {"in_atomic_block": False}))
    with pytest.raises(NoTransaction):
        publish(TYPE, payload={})


def test_what_is_rolled_back_was_never_said(brand: Tenant) -> None:
    subscriber(TYPE, name="one")(effect)
    with transaction.atomic():
        publish(TYPE, payload={"n": 1})
        transaction.set_rollback(True)
    relay.relay_chunk()
    assert effects() == []


def test_an_undeclared_fact_cannot_be_said_nor_a_name_taken_twice(brand: Tenant) -> None:
    with pytest.raises(ValueError, match="not registered"), transaction.atomic():
        publish("test.unknown", payload={})
    subscriber(TYPE, name="one")(effect)
    with pytest.raises(ValueError, match="registered twice"):
        subscriber(TYPE, name="one")(effect)
    with pytest.raises(ValueError, match="declared twice"):
        event_register(TYPE, "other words")


def test_a_failing_subscriber_stops_nobody_else_and_is_asked_again_later(brand: Tenant) -> None:
    faults = iter([RuntimeError("first"), RuntimeError("second")])

    def shaky(event: Event) -> None:
        Job.objects.create(kind="half done")
        for fault in faults:
            raise fault
        effect(event)

    subscriber(TYPE, name="shaky")(shaky)
    subscriber(TYPE, name="steady")(effect)
    say(7)
    relay.relay_chunk()
    row = OutboxEvent.objects.get()
    assert (row.attempts, row.dispatched_at) == (1, None)
    assert "shaky: RuntimeError: first" in row.error
    assert effects() == [7]
    assert not Job.objects.filter(kind="half done").exists(), (
        "a failed subscriber leaves nothing behind"
    )
    assert relay.relay_chunk() == 0, "it waits for its time"
    for minutes in (1, 2):
        with clock.frozen(clock.now() + timedelta(minutes=minutes)):
            relay.relay_chunk()
    assert OutboxEvent.objects.get().dispatched_at is not None
    assert effects() == [7, 7], "the steady one once, the shaky one once"


def test_waiting_grows_and_ends_in_the_siding(brand: Tenant) -> None:
    def broken(_event: Event) -> None:
        raise RuntimeError

    subscriber(TYPE, name="broken")(broken)
    say(1)
    at, waits = clock.now(), []
    for _ in range(relay.MAX_ATTEMPTS):
        with clock.frozen(at):
            assert relay.relay_chunk() == 1
            row = OutboxEvent.objects.get()
            waits.append(row.not_before - at)
            at = row.not_before + timedelta(seconds=1)
    assert waits == sorted(waits)
    assert max(waits) <= timedelta(hours=1)
    assert row.parked_at is not None
    with clock.frozen(at + timedelta(days=1)):
        assert relay.relay_chunk() == 0, "a parked fact is left for people"


def test_facts_of_one_brand_are_not_heard_for_another(brand: Tenant) -> None:
    heard: list[int] = []
    subscriber(TYPE, name="one")(lambda event: heard.append(event.payload["n"]))
    say(1)
    with tenant_scope(new_tenant()):
        assert relay.relay_chunk() == 0
    assert heard == []
    with no_tenant(), pytest.raises(NoTenant):
        publish(TYPE, payload={})


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_relays_racing_have_one_effect_per_fact(monkeypatch: Any) -> None:
    """The lock per brand is an optimisation: it is taken away here, and the rows still decide."""
    monkeypatch.setattr(relay.tenant_relay_lock, "__enter__", lambda self: True)
    monkeypatch.setattr(relay.tenant_relay_lock, "__exit__", lambda self, *exc: None)

    def slow(event: Event) -> None:
        time.sleep(0.01)
        effect(event)

    subscriber(TYPE, name="slow")(slow)
    brand = new_tenant()
    with tenant_scope(brand):
        say(*range(20))
    ready = threading.Barrier(3)

    def work() -> None:
        try:
            with tenant_scope(brand):
                connection.ensure_connection()
                ready.wait(timeout=30)
                relay.relay_chunk()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with tenant_scope(brand):
        with clock.frozen(clock.now() + timedelta(hours=1)):
            relay.relay_chunk()
        assert sorted(effects()) == list(range(20))
        assert not OutboxEvent.objects.filter(dispatched_at=None).exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_second_relay_leaves_a_brand_alone_that_is_being_drained() -> None:
    subscriber(TYPE, name="one")(effect)
    brand = new_tenant()
    told: list[int] = []

    def work() -> None:
        try:
            with tenant_scope(brand):
                told.append(relay.relay_chunk())
        finally:
            connection.close()

    with tenant_scope(brand):
        say(1)
        with relay.tenant_relay_lock() as mine:
            assert mine
            thread = threading.Thread(target=work)
            thread.start()
            thread.join(timeout=30)
        assert told == [0]
        assert relay.relay_all() == 1
        assert effects() == [1]


def test_the_night_hears_every_fact_before_it_counts(brand: Tenant) -> None:
    from datetime import date

    from scrm.events.nightly import outbox_drain_run

    subscriber(TYPE, name="one")(effect)
    say(*range(relay.CHUNK + 5))
    assert outbox_drain_run(date(2026, 1, 1)) == {"facts": relay.CHUNK + 5}
    assert effects() == list(range(relay.CHUNK + 5))


def test_old_facts_are_forgotten_but_not_while_they_wait_for_people(brand: Tenant) -> None:
    from datetime import date

    from scrm.events.nightly import KEEP, events_purge_run

    subscriber(TYPE, name="one")(effect)
    say(1, 2)
    relay.relay_chunk()
    OutboxEvent.objects.filter(payload={"n": 2}).update(dispatched_at=None, parked_at=clock.now())
    with clock.frozen(clock.now() + KEEP + timedelta(days=1)):
        assert events_purge_run(date(2026, 1, 1)) == {"facts": 1, "heard": 1}
    assert [row.payload for row in OutboxEvent.objects.all()] == [{"n": 2}]
    assert EventHeard.objects.count() == 1
