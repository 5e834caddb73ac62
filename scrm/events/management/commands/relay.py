"""``manage.py relay``: turn database notifications into Celery doorbells, and poll in case one is lost."""

from __future__ import annotations

import select
import time
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from typing_extensions import override

from scrm.celery import app
from scrm.events.bell import CHANNEL, DOORBELLS
from scrm.events.metrics import RELAY
from scrm.events.pulse import beat

log = structlog.get_logger(__name__)
POLL_SECONDS = 2.0
EXPIRES_SECONDS = 30


class Command(BaseCommand):
    """LISTEN and ring."""

    help = "Listen for work in the database and ring the workers' doorbells."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        last = 0.0
        while True:
            try:
                self._listen()
                while True:
                    queues = self._heard(timeout=POLL_SECONDS)
                    if time.monotonic() - last >= POLL_SECONDS:
                        beat(RELAY)
                        queues, last = set(DOORBELLS), time.monotonic()
                    for queue in sorted(queues & DOORBELLS.keys()):
                        self._ring(queue)
            except (OperationalError, InterfaceError):
                log.warning("relay_lost_database")
                connection.close()
                time.sleep(1)

    def _listen(self) -> None:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")

    def _heard(self, *, timeout: float) -> set[str]:
        raw = connection.connection
        if not raw.notifies:
            select.select([raw], [], [], timeout)
        raw.poll()
        heard = {notice.payload for notice in raw.notifies}
        raw.notifies.clear()
        return heard

    def _ring(self, queue: str) -> None:
        try:
            app.send_task(DOORBELLS[queue], expires=EXPIRES_SECONDS, retry=False)
        except app.connection_errors:
            log.warning("relay_lost_broker", queue=queue)
