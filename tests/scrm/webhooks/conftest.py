from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import transaction

from scrm.core import clock
from scrm.events import bus
from scrm.events.relay import relay_tenant
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.webhooks import services, types
from scrm.webhooks.draining import tenant_drain
from scrm.webhooks.models import WebhookDelivery
from scrm.webhooks.services import MadeSecret
from tests.support.api import tenant as new_tenant


@dataclass
class Heard:
    """One request as the receiver got it."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told


@dataclass
class Receiver:
    """A real HTTP server on loopback; `answer` decides the status of each request."""

    url: str
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], int] = lambda _heard: 204
    headers: dict[str, str] = field(default_factory=dict)
    reply: Callable[[BaseHTTPRequestHandler], None] | None = None

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.heard]


@contextmanager
def receiver_open() -> Iterator[Receiver]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            one = Heard(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            found.heard.append(one)
            if found.reply is not None:
                found.reply(self)
                return
            self.send_response(found.answer(one))
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    found = Receiver(url=f"http://127.0.0.1:{server.server_port}/hooks?token=secret-in-url")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiver_open() as found:
        yield found


@pytest.fixture
def next_door(settings: Any) -> None:
    """Receivers on this machine may be called, as in the demo."""
    settings.WEBHOOK_ALLOWED_NETWORKS = ("127.0.0.0/8",)


@pytest.fixture
def brand(db: None) -> Iterator[Tenant]:
    made = new_tenant()
    with tenant_scope(made):
        yield made


@pytest.fixture(autouse=True)
def a_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact of the tests beside those of the rooms; what it registers is forgotten."""
    monkeypatch.setattr(types, "WEBHOOK_TYPES", dict(types.WEBHOOK_TYPES))
    for module in ("scrm.webhooks.services", "scrm.webhooks.selectors"):
        monkeypatch.setattr(f"{module}.WEBHOOK_TYPES", types.WEBHOOK_TYPES)
    monkeypatch.setitem(bus.EVENT_TYPES, "test.happened", "a test")
    monkeypatch.setitem(bus.SUBSCRIBERS, "test.happened", [])
    types.webhook_type_register(
        "test.happened",
        source="test.happened",
        label="测试",
        doc="A test.",
        schema=types.object_schema(thing_ids=types.ids_schema("thg", "Things.")),
        example={"thing_ids": []},
        data=lambda event: [{"thing_ids": part} for part in types.in_parts(event.payload["ids"])],
    )


def happen(*ids: str) -> None:
    """The fact happens and is relayed."""
    with transaction.atomic():
        bus.publish("test.happened", payload={"ids": list(ids)})
    relay_tenant()


def endpoint(url: str, *, wanted: tuple[str, ...] = ("test.happened",)) -> MadeSecret:
    return services.endpoint_create(url=url, types=wanted)


def drain() -> int:
    """Send until nothing is due."""
    total = 0
    while done := tenant_drain():
        total += done
    return total


def later(**by: float) -> AbstractContextManager[None]:
    """The clock so much further on."""
    return clock.frozen(clock.now() + timedelta(**by))


def closed_door() -> str:
    """An address on this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    return f"http://127.0.0.1:{port}/"


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("endpoint", "message").get()
