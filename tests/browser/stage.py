"""Everything of one brand, running: sandbox, web, relay, workers; and waiting for what they do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings
from playwright.sync_api import Page

from analytics.overview.models import DirtyDay
from members.orders.models import Order
from members.people.models import Member
from scrm.celery import app
from scrm.events.jobs.nightly import NIGHTLY
from scrm.events.models import Job, JobRun, OutboxEvent
from scrm.tenants.context import tenant_scope
from scrm.wecom import store
from scrm.wecom.gateway import gateway_for
from scrm.wecom.models import CallbackEvent
from scrm.wecom.sandbox.control import SandboxControl
from tests.browser.platform import Platform
from tests.browser.shop import (
    CORP,
    FRIENDS,
    Shop,
    external_userid,
    seed_wecom,
    shop_make,
    staff_of,
)
from tests.support.sandbox import sandbox_process

SECONDS = 90.0
# Friends and regulars: one has had today's message from elsewhere, one wants none, one will walk away.
SPENT, SILENT, GONE = 3, 5, 4
_OPEN = ("waiting", "running")


@dataclass(kw_only=True)
class Stage:
    """The running brand."""

    platform: Platform
    sandbox: SandboxControl
    shop: Shop

    def url(self, path: str = "") -> str:
        return f"{self.platform.url}/console/{self.shop.tenant.slug}/{path}"

    def until(self, what: str, done: Callable[[], bool], *, seconds: float = SECONDS) -> float:
        """Wait until it is so; how long that took, in seconds."""
        began = time.monotonic()
        while not done():
            waited = time.monotonic() - began
            assert waited < seconds, (
                f"{what}: not within {seconds:.0f} s\n{self.platform.last_words()}"
            )
            time.sleep(0.05)
        return time.monotonic() - began

    def is_idle(self) -> bool:
        """No job open, no fact unheard, no callback unread, no day to be counted."""
        with tenant_scope(self.shop.tenant):
            return not (
                Job.objects.filter(state__in=_OPEN).exists()
                or OutboxEvent.objects.filter(dispatched_at=None, parked_at=None).exists()
                or CallbackEvent.objects.filter(state__in=("waiting", "working")).exists()
                or DirtyDay.objects.exists()
            )

    def has_friends(self) -> bool:
        with tenant_scope(self.shop.tenant):
            return Member.objects.filter(is_wecom_friend=True).count() == FRIENDS

    def night(self) -> None:
        """The steps of the night, by a worker."""
        app.send_task("nightly.tick")

        def is_over() -> bool:
            with tenant_scope(self.shop.tenant):
                failed = JobRun.objects.filter(state="failed").values_list("job", "error")
                assert not failed, list(failed)
                return JobRun.objects.filter(state="done").count() == len(NIGHTLY)

        self.until("the night", is_over)
        self.until("the facts of the night", self.is_idle)

    def put_out_of_reach(self, *, spent: int, silent: int) -> None:
        """One customer's quota goes to an earlier broadcast; another does not want to hear from us."""
        with tenant_scope(self.shop.tenant):
            made = gateway_for(self.shop.corp).broadcast_create(
                sender=staff_of(spent),
                external_userids=[external_userid(spent)],
                text="昨天的通知",
                attachments=[],
            )
            with transaction.atomic():
                Member.objects.filter(display_name=f"乐迷{silent}").update(is_opted_out=True)
        done = self.sandbox.confirm(CORP, msgid=made.msgid)
        assert (done.tasks, done.sent) == (1, 1)


@contextmanager
def stage_set(folder: Path) -> Iterator[Stage]:
    """Orders imported, friends synced, the night run; the database is empty again afterwards."""
    logs = folder / "logs"
    logs.mkdir()
    with (
        sandbox_process(folder / "sandbox") as sandbox,
        override_settings(WECOM_BASE_URL=sandbox.base_url),
    ):
        known = _sessions()
        store.store().flushdb()
        platform = Platform(folder=logs, sandbox_url=sandbox.base_url)
        try:
            platform.start()
            seed_wecom(sandbox)
            stage = Stage(
                platform=platform,
                sandbox=sandbox,
                shop=shop_make(sandbox, public_url=platform.url),
            )
            stage.until("import and sync", stage.has_friends)
            stage.until("import and sync", stage.is_idle)
            with tenant_scope(stage.shop.tenant):
                assert Order.objects.count() == len(stage.shop.lines) - 1
            stage.night()
            stage.put_out_of_reach(spent=SPENT, silent=SILENT)
            yield stage
        finally:
            platform.stop()
            app.close()
            _wait_until_gone(known)
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
            connection.close()


def _sessions() -> set[int]:
    """Who is connected to this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {pid for (pid,) in cursor.fetchall()}


def _wait_until_gone(known: set[int], *, seconds: float = 10.0) -> None:
    """PostgreSQL notices a killed process a moment later; until then its locks stand."""
    end = time.monotonic() + seconds
    while _sessions() - known and time.monotonic() < end:
        time.sleep(0.1)


@contextmanager
def witness(folder: Path, stage: Stage, *pages: Page) -> Iterator[None]:
    """When the test fails: what every tab showed, and what the processes said."""
    try:
        yield
    except BaseException:
        for number, page in enumerate(pages):
            page.screenshot(path=folder / f"tab-{number}.png", full_page=True)
        print(f"screenshots in {folder}\n{stage.platform.last_words()}")
        raise
