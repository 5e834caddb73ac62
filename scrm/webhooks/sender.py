"""One signed POST to a receiver: checked and pinned address, no redirects, no proxy, a deadline, a cap.

Runs in threads and touches no database.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from typing_extensions import override

from scrm.webhooks import guard
from scrm.webhooks.guard import Resolver, Target, WebhookUrlRefused
from scrm.webhooks.models import Outcome

REPLY_CAP = 64 * 1024
USER_AGENT = "SCRM-Webhooks/1"
_CHUNK = 8 * 1024


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """What leaves: everything but the address it will be sent to."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Reply:
    """How it went. What the receiver said beyond its status is read and forgotten."""

    outcome: Outcome
    duration_ms: int
    status: int | None = None
    error: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver said 2xx."""
        return self.outcome is Outcome.TAKEN


class _Pinned(http.client.HTTPConnection):
    """Connects to an address that was checked; the name stays in TLS and in the Host header."""

    def __init__(self, target: Target, address: str, *, timeout: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout)
        self.target, self.address = target, address
        self.late = threading.Event()

    @override
    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.target.port), self.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.target.scheme == "https":
            # The handshake comes after the assignment, so that the deadline can cut it too.
            self.sock = _tls().wrap_socket(
                self.sock, server_hostname=self.target.host, do_handshake_on_connect=False
            )
        if self.late.is_set():
            raise TimeoutError
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.do_handshake()

    def cut(self) -> None:
        """The time is up, whatever the socket is doing."""
        self.late.set()
        if self.sock is not None:
            with contextlib.suppress(OSError):  # it was over already
                self.sock.shutdown(socket.SHUT_RDWR)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def send(outgoing: Outgoing, *, resolver: Resolver | None = None) -> Reply:
    """Make the call; whatever goes wrong is an outcome, never an exception."""
    start = time.monotonic()
    outcome, status, error = _tried(outgoing, resolver or guard.resolve)
    spent = int((time.monotonic() - start) * 1000)
    return Reply(outcome=outcome, status=status, error=error[:200], duration_ms=spent)


def _tried(outgoing: Outgoing, resolver: Resolver) -> tuple[Outcome, int | None, str]:
    try:
        target = guard.target_of(outgoing.url)
        address = guard.address_pick(target, resolver)
    except WebhookUrlRefused:
        return Outcome.BLOCKED, None, "address not allowed"
    except OSError:
        return Outcome.UNREACHABLE, None, "name not resolved"
    timeout = float(settings.WEBHOOK_TIMEOUT_SECONDS)
    connection = _Pinned(target, address, timeout=timeout)
    # A socket's timeout starts anew with every byte; the deadline does not.
    deadline = threading.Timer(timeout, connection.cut)
    deadline.daemon = True
    deadline.start()
    try:
        return _status_of(_exchange(connection, target, outgoing))
    except (TimeoutError, OSError, http.client.HTTPException, ValueError) as fault:
        return _fault_of(fault, is_late=connection.late.is_set())
    finally:
        deadline.cancel()
        connection.close()


def _exchange(connection: _Pinned, target: Target, outgoing: Outgoing) -> int:
    connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    headers = {
        "Host": target.authority,
        "User-Agent": USER_AGENT,
        "Content-Type": "application/json",
        "Content-Length": str(len(outgoing.body)),
        "Connection": "close",
        **outgoing.headers,
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(outgoing.body)
    response = connection.getresponse()
    left = REPLY_CAP
    while left > 0:
        chunk = response.read(min(_CHUNK, left))
        if not chunk:
            break
        left -= len(chunk)
    return response.status


def _status_of(status: int) -> tuple[Outcome, int | None, str]:
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own classes
        return Outcome.TAKEN, status, ""
    if 300 <= status < 400:  # noqa: PLR2004
        return Outcome.REDIRECT, status, "redirects are not followed"
    return Outcome.STATUS, status, ""


def _fault_of(fault: Exception, *, is_late: bool) -> tuple[Outcome, int | None, str]:
    if is_late or isinstance(fault, TimeoutError):
        return Outcome.TIMEOUT, None, "no complete answer in time"
    if isinstance(fault, ssl.SSLError):
        return Outcome.TLS, None, "certificate or protocol not accepted"
    if isinstance(fault, http.client.HTTPException | ValueError):
        return Outcome.UNREACHABLE, None, "not an HTTP answer"
    return Outcome.UNREACHABLE, None, "connection failed"
