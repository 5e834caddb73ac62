"""Kill -9 while webhooks leave, and two workers at once: nothing is lost, nothing is told twice by two.

The one worker is a process, the database real, the receiver an HTTP server. The control runs the same
race with leases that end at once, and must show messages told twice.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from scrm.core import clock
from scrm.core.ids import uuid7
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.webhooks.draining import tenant_drain
from scrm.webhooks.fan_out import deliveries_make, messages_keep
from scrm.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from scrm.webhooks.rules import secret_new
from tests.scrm.webhooks.conftest import Heard, Receiver, receiver_open
from tests.support.api import tenant as new_tenant
from tests.support.servers import ROOT, process_environment

pytestmark = [pytest.mark.race, pytest.mark.db]
MESSAGES = 40
PATIENCE = 60
_WORKER = """
import sys, django
django.setup()
from scrm.tenants.context import tenant_scope
from scrm.webhooks.draining import tenant_drain
with tenant_scope(int(sys.argv[1])):
    while tenant_drain():
        pass
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiver_open() as found:
        yield found


@pytest.fixture
def brand(transactional_db: None, receiver: Receiver, settings: Any) -> Tenant:
    """A brand with an endpoint and forty messages that wait for it."""
    settings.WEBHOOK_ALLOWED_NETWORKS = ("127.0.0.0/8",)
    made = new_tenant(slug=f"hooks-{uuid7().hex[-12:]}")
    with tenant_scope(made), transaction.atomic():
        endpoint = WebhookEndpoint.objects.create(
            url=receiver.url, types=["member.created"], secret=secret_new()
        )
        messages = messages_keep(
            event_id=uuid7(), type="member.created", occurred_at=clock.now(),
            bodies=[f'{{"n":{n}}}' for n in range(MESSAGES)],
        )  # fmt: skip
        deliveries_make(messages, [endpoint])
    return made


def worker(brand: Tenant) -> subprocess.Popen[bytes]:
    from django.conf import settings

    return subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(brand.pk)],
        cwd=ROOT,
        env=process_environment(
            DJANGO_SETTINGS_MODULE="scrm.settings.demo",
            SCRM_SECRET_KEYS=settings.SCRM_SECRET_KEYS[0],
        ),
        start_new_session=True,
    )


def test_a_worker_killed_while_it_sends_loses_nothing(brand: Tenant, receiver: Receiver) -> None:
    held, killed = threading.Event(), threading.Event()

    def answer(_heard: Heard) -> int:
        if len(receiver.heard) == MESSAGES // 2:
            held.set()
            killed.wait(PATIENCE)
        return 204

    receiver.answer = answer
    process = worker(brand)
    try:
        assert held.wait(PATIENCE), "the worker never came half way"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        killed.set()
    with tenant_scope(brand):
        left = WebhookDelivery.objects.filter(state="claimed")
        in_flight = left.count()
        assert in_flight >= 1
        while tenant_drain():  # the others go on; what the dead one held waits for its lease
            pass
        assert (
            WebhookDelivery.objects.exclude(state="delivered").count() == left.count() == in_flight
        )
        left.update(lease_until=Now() - timedelta(seconds=1))
        while tenant_drain():
            pass
        assert WebhookDelivery.objects.filter(state="delivered").count() == MESSAGES
        lost = WebhookAttempt.objects.filter(outcome="interrupted").count()
    told = Counter(receiver.ids)
    assert len(told) == MESSAGES
    # Only what the dead worker held may have been told twice, each under its own id.
    assert sum(times - 1 for times in told.values()) <= in_flight == lost


def race(brand: Tenant) -> None:
    """Two workers at once, each with a connection of its own."""
    start = threading.Barrier(2)

    def drain() -> None:
        try:
            with tenant_scope(brand):
                start.wait(PATIENCE)
                for _turn in range(MESSAGES):
                    tenant_drain()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(drain) for _worker in range(2)]:
            done.result(PATIENCE)


def test_two_workers_tell_each_message_once(brand: Tenant, receiver: Receiver) -> None:
    race(brand)
    assert Counter(receiver.ids) == Counter(set(receiver.ids))
    assert len(receiver.heard) == MESSAGES


def test_without_a_lease_they_would_tell_it_twice(
    brand: Tenant, receiver: Receiver, settings: Any
) -> None:
    """The control: claims that end at once protect nothing."""
    settings.WEBHOOK_LEASE_SECONDS = -1
    slow = threading.Event()
    receiver.answer = lambda _heard: 204 + int(slow.wait(0.02))
    race(brand)
    assert len(receiver.heard) > MESSAGES
