"""Kill -9 in the middle of a push of 2,000: nobody is lost, nobody is told twice (F1, F3).

Worker, relay and sandbox are processes; the database and the broker are real. The control runs the
same push without claims and must show duplicates, or the test would prove nothing.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from communities.outreach.models import Push, PushBatch, PushRecipient
from scrm.embedded.valkey import ValkeyServer
from scrm.tenants.context import tenant_scope
from scrm.wecom.sandbox.control import SandboxControl
from tests.support.api import tenant
from tests.support.push_workers import Workers
from tests.support.pushes import (
    Brand,
    batch_states,
    brand,
    corp_name,
    seed_sandbox,
    sends_by_customer,
    states,
)
from tests.support.sandbox import sandbox_process

pytestmark = [pytest.mark.race, pytest.mark.slow, pytest.mark.db]

RECIPIENTS = 2_000
LATENCY_MS = 10
SECONDS = 150.0
SEED = int(os.environ.get("SCRM_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)


class Scene:
    """A brand with 2,000 customers, a sandbox, a broker of its own, and the workers."""

    def __init__(self, *, folder: Path, sandbox: SandboxControl, broker: ValkeyServer) -> None:
        self.folder, self.sandbox, self.broker = folder, sandbox, broker
        owner = tenant(slug=f"kill-{random.SystemRandom().randrange(10**9)}")
        owner.settings = {"push.quiet": "", "push.batch_size": 4}
        owner.save()
        seed_sandbox(sandbox, owner, customers=RECIPIENTS, staff=10)
        sandbox.fault("latency", api="externalcontact/add_msg_template", milliseconds=LATENCY_MS)
        self.brand: Brand = brand(owner, customers=RECIPIENTS, staff=10)

    def workers(self, **more: str) -> Workers:
        return Workers.on(
            folder=self.folder,
            redis_url=self.broker.url(),
            sandbox_url=self.sandbox.base_url,
            **more,
        )

    def handed_over(self) -> dict[str, int]:
        return sends_by_customer(self.sandbox, corp_name(self.brand.tenant))

    def sent_calls(self) -> int:
        with tenant_scope(self.brand.tenant):
            return PushBatch.objects.filter(state="sent").count()

    def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS
        while not done():
            assert time.monotonic() < end, self.report()
            time.sleep(0.2)

    def is_over(self) -> bool:
        with tenant_scope(self.brand.tenant):
            return Push.objects.filter(state="awaiting_staff").exists()

    def report(self) -> str:
        with tenant_scope(self.brand.tenant):
            push = Push.objects.get()
            logs = "\n".join(
                f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}"
                for log in sorted(self.folder.glob("*.log"))
            )
            return f"seed {SEED}: {push.state} {states(push)} {batch_states(push)}\n{logs}"

    def assert_once_each(self) -> None:
        found = self.handed_over()
        twice = sorted(customer for customer, times in found.items() if times > 1)
        assert not twice, f"seed {SEED}: {len(twice)} told twice: {twice[:5]}"
        assert len(found) == RECIPIENTS, f"seed {SEED}: {RECIPIENTS - len(found)} never told"
        with tenant_scope(self.brand.tenant):
            left = PushRecipient.objects.exclude(state="submitted")
            assert not left.exists(), self.report()


@pytest.fixture
def scene(transactional_db: None, tmp_path: Path) -> Iterator[Scene]:
    print(f"seed {SEED}")
    broker = ValkeyServer(folder=tmp_path / "broker", throw_away=True)
    broker.start()
    logs = tmp_path / "logs"
    logs.mkdir()
    try:
        with sandbox_process(tmp_path / "sandbox") as sandbox:
            yield Scene(folder=logs, sandbox=sandbox, broker=broker)
    finally:
        broker.stop()


def run(scene: Scene, trouble: Callable[[Workers, random.Random], None]) -> None:
    """Start everything, schedule the push, make trouble in the middle, wait for the end."""
    workers = scene.workers()
    workers.start()
    try:
        scene.brand.push(text="春茶上架")
        trouble(workers, random.Random(SEED))
        scene.until(lambda: _revived(workers) and scene.is_over())
    finally:
        workers.stop()


def _revived(workers: Workers) -> bool:
    workers.revive()
    return True


def test_killed_workers_lose_and_double_nobody(scene: Scene) -> None:
    calls = RECIPIENTS // 4

    def kills(workers: Workers, dice: random.Random) -> None:
        for share in (0.15, 0.45, 0.75):
            wanted = int(calls * (share + dice.random() * 0.1))
            scene.until(lambda wanted=wanted: scene.sent_calls() >= wanted)  # type: ignore[misc]
            time.sleep(dice.random() * 0.1)
            workers.kill("push")
            time.sleep(0.5)
            workers.start("push")

    run(scene, kills)
    scene.assert_once_each()


def test_a_killed_broker_loses_and_doubles_nobody(scene: Scene, monkeypatch: Any) -> None:
    def kill(workers: Workers, dice: random.Random) -> None:
        wanted = int(RECIPIENTS / 4 * (0.2 + dice.random() * 0.4))
        scene.until(lambda: scene.sent_calls() >= wanted)
        process = scene.broker.process
        assert process is not None
        process.kill()
        process.wait()
        time.sleep(2.0)
        port = scene.broker.port
        monkeypatch.setattr("scrm.embedded.valkey.free_port", lambda: port)
        scene.broker.start()

    run(scene, kill)
    scene.assert_once_each()


def test_control_without_claims_the_same_push_doubles(scene: Scene) -> None:
    workers = scene.workers(PUSH_CLAIMING="0")
    workers.start()
    try:
        scene.brand.push(text="春茶上架")
        scene.until(lambda: len(scene.handed_over()) >= RECIPIENTS // 10)
        workers.kill("push")
        workers.start("push")
        scene.until(lambda: any(times > 1 for times in scene.handed_over().values()))
    finally:
        workers.stop()
