"""A seeded sandbox, a raw API client and a callback receiver."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from scrm.wecom.sandbox.control import SandboxControl
from scrm.wecom.sandbox.crypto import Envelope, Sealed
from tests.scrm.wecom_sandbox.world import AES_KEY, AGENT, CORP, NOW, TOKEN, Api, corp_seed
from tests.support.sandbox import _sandbox_session, wecom_sandbox

__all__ = ["_sandbox_session", "wecom_sandbox"]


@dataclass
class Receiver:
    """A callback endpoint that decrypts what arrives; `answers` are the next HTTP statuses."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    echo_suffix: bytes = b""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    envelope = Envelope(token=TOKEN, aes_key=AES_KEY, receiver=CORP)

    class Handler(BaseHTTPRequestHandler):
        def _query(self) -> dict[str, str]:
            return {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            q = self._query()
            plain = envelope.open(
                Sealed(q["echostr"], q["msg_signature"], q["timestamp"], q["nonce"])
            )
            self._answer(200, plain.encode() + receiver.echo_suffix)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            q = self._query()
            encrypt = body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
            receiver.bodies.append(body)
            receiver.queries.append(q)
            status = receiver.answers.pop(0) if receiver.answers else 200
            if status == 200:
                sealed = Sealed(encrypt, q["msg_signature"], q["timestamp"], q["nonce"])
                receiver.events.append(envelope.open(sealed))
            self._answer(status)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}/callback"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sandbox(wecom_sandbox: SandboxControl) -> SandboxControl:
    """Seeded, with the clock standing at NOW."""
    wecom_sandbox.clock_freeze(NOW)
    wecom_sandbox.seed(corp_seed())
    return wecom_sandbox


@pytest.fixture
def api(sandbox: SandboxControl) -> Api:
    return Api(sandbox.base_url).sign_in()


@pytest.fixture
def listening(sandbox: SandboxControl, receiver: Receiver) -> Receiver:
    """The receiver, saved and verified as the application's callback address."""
    sandbox.set_callback(CORP, AGENT, url=receiver.url, token=TOKEN, aes_key=AES_KEY)
    return receiver
