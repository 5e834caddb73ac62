"""Delivers callbacks in the background, with retries, and keeps a log of every attempt."""

from __future__ import annotations

import dataclasses
import heapq
import http.client
import itertools
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from scrm.wecom.sandbox.control_types import Attempt, Delivery
from scrm.wecom.sandbox.crypto import Envelope, EnvelopeError, envelope_xml
from scrm.wecom.sandbox.entities import Agent

if TYPE_CHECKING:
    from scrm.wecom.sandbox.clock import SandboxClock
    from scrm.wecom.sandbox.events import Event
    from scrm.wecom.sandbox.options import Options
    from scrm.wecom.sandbox.world import CorpState

WORKERS = 4
LOG_LENGTH = 20_000
HTTP_OK = 200
VERIFY_SECONDS = 1.0
ECHO_BYTES = 4096


@dataclass(slots=True)
class Parcel:
    """A delivery on its way, with the address it goes to."""

    delivery: Delivery
    url: str
    token: str
    aes_key: str


@dataclass(order=True, slots=True)
class Due:
    """A parcel and the moment (monotonic) of its next attempt."""

    moment: float
    order: int
    parcel: Parcel = field(compare=False)


class VerificationError(Exception):
    """The callback address did not prove itself; the text says how, in Chinese."""


class Emitter:
    """Background threads that POST encrypted events."""

    def __init__(self, options: Options, clock: SandboxClock) -> None:
        self._options = options
        self._clock = clock
        self._condition = threading.Condition()
        self._queue: list[Due] = []
        self._order = itertools.count()
        self._ids = itertools.count(1)
        self._open = 0
        self._stopping = False
        self._log: OrderedDict[int, Parcel] = OrderedDict()
        self._threads = [
            threading.Thread(target=self._work, name=f"sandbox-emitter-{n}", daemon=True)
            for n in range(WORKERS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        for thread in self._threads:
            thread.join(timeout=self._options.switches.callback_timeout + 1)

    def clear(self) -> None:
        """Forget the log and everything queued."""
        with self._condition:
            self._open -= len(self._queue)
            self._queue.clear()
            self._log.clear()

    # -- sending -----------------------------------------------------------------------------

    def emit(self, corp: CorpState, event: Event, *, userid: str, at: int) -> None:
        """Queue one event for every application that sees the member; no member means all."""
        xml = event.xml(corp_id=corp.corp_id, at=at)
        for agent in corp.all(Agent).values():
            if agent.url and (not userid or not agent.visible or userid in agent.visible):
                dropped, copies, wait = self._options.next_callback()
                for copy in range(copies + 1):
                    delivery = Delivery(
                        id=next(self._ids),
                        corp_id=corp.corp_id,
                        agent_id=agent.agent_id,
                        event=event.event,
                        change_type=event.change_type,
                        xml=xml,
                        state="dropped" if dropped else "queued",
                        copy=copy,
                        created_at=at,
                    )
                    parcel = Parcel(delivery, agent.url, agent.token, agent.aes_key)
                    self._admit(parcel, wait)

    def redeliver(self, delivery_id: int, *, copies: int, delay: float) -> bool:
        """Send a logged event again; False when the log does not know it."""
        with self._condition:
            known = self._log.get(delivery_id)
        if known is None:
            return False
        for copy in range(1, copies + 1):
            delivery = dataclasses.replace(
                known.delivery, id=next(self._ids), state="queued", copy=copy, attempts=()
            )
            self._admit(dataclasses.replace(known, delivery=delivery), delay)
        return True

    def log(self, *, corp_id: str, after: int, limit: int) -> list[Delivery]:
        with self._condition:
            rows = [p.delivery for p in self._log.values()]
        wanted = [d for d in rows if d.id > after and corp_id in ("", d.corp_id)]
        return wanted[-limit:]

    def pending(self) -> int:
        with self._condition:
            return self._open

    # -- verification ------------------------------------------------------------------------

    def verify(self, url: str, *, token: str, aes_key: str, corp_id: str) -> None:
        """GET verification: the exact plaintext within one second."""
        try:
            envelope = Envelope(token=token, aes_key=aes_key, receiver=corp_id)
        except EnvelopeError as error:
            raise VerificationError(f"EncodingAESKey 不合法：{error}") from error
        echo = str(secrets.randbelow(10**19))
        sealed = envelope.seal(echo, timestamp=int(self._clock.now()))
        query = {
            "msg_signature": sealed.signature,
            "timestamp": sealed.timestamp,
            "nonce": sealed.nonce,
            "echostr": sealed.encrypt,
        }
        try:
            status, body = _request("GET", url, query, None, VERIFY_SECONDS)
        except OSError as error:
            raise VerificationError(f"回调地址 1 秒内没有应答：{error}") from error
        except http.client.HTTPException as error:
            raise VerificationError(f"回调地址的应答不是 HTTP：{error}") from error
        if status != HTTP_OK:
            raise VerificationError(f"回调地址返回 HTTP {status}")
        if body != echo.encode():
            raise VerificationError("回调地址返回的明文不正确（不能有引号、BOM 或换行）")

    # -- threads -----------------------------------------------------------------------------

    def _admit(self, parcel: Parcel, wait: float) -> None:
        with self._condition:
            self._log[parcel.delivery.id] = parcel
            while len(self._log) > LOG_LENGTH:
                self._log.popitem(last=False)
            if parcel.delivery.state == "queued":
                self._open += 1
                self._push(parcel, wait)

    def _push(self, parcel: Parcel, wait: float) -> None:
        heapq.heappush(self._queue, Due(time.monotonic() + wait, next(self._order), parcel))
        self._condition.notify()

    def _take(self) -> Parcel | None:
        """The next parcel when its moment has come; None when it is time to stop."""
        with self._condition:
            while not self._stopping:
                if not self._queue:
                    self._condition.wait()
                    continue
                wait = self._queue[0].moment - time.monotonic()
                if wait <= 0:
                    return heapq.heappop(self._queue).parcel
                self._condition.wait(wait)
            return None

    def _work(self) -> None:
        while (parcel := self._take()) is not None:
            attempt = self._attempt(parcel)
            self._settle(parcel, attempt)

    def _attempt(self, parcel: Parcel) -> Attempt:
        """One POST, encrypted afresh."""
        delivery = parcel.delivery
        at, begun = self._clock.now(), time.monotonic()
        status, error = 0, ""
        try:
            envelope = Envelope(
                token=parcel.token, aes_key=parcel.aes_key, receiver=delivery.corp_id
            )
            sealed = envelope.seal(delivery.xml, timestamp=int(at))
            body = envelope_xml(sealed, receiver=delivery.corp_id, agent_id=delivery.agent_id)
            query = {
                "msg_signature": sealed.signature,
                "timestamp": sealed.timestamp,
                "nonce": sealed.nonce,
            }
            limit = self._options.switches.callback_timeout
            status, _ = _request("POST", parcel.url, query, body.encode(), limit)
        except (OSError, http.client.HTTPException, EnvelopeError) as problem:
            error = f"{type(problem).__name__}: {problem}"
        return Attempt(at=at, status=status, seconds=time.monotonic() - begun, error=error)

    def _settle(self, parcel: Parcel, attempt: Attempt) -> None:
        """Log the attempt and decide about another one."""
        switches = self._options.switches
        with self._condition:
            attempts = (*parcel.delivery.attempts, attempt)
            done = attempt.status == HTTP_OK
            retry = bool(attempt.error) or switches.retry_mode == "any"
            again = not done and retry and len(attempts) <= switches.retries
            state = "delivered" if done else "queued" if again else "failed"
            parcel.delivery = dataclasses.replace(
                parcel.delivery,
                attempts=attempts,
                state=state,  # type: ignore[arg-type]
            )
            if again:
                self._push(parcel, switches.retry_interval)
            else:
                self._open -= 1


def _request(
    method: str, url: str, query: dict[str, str], body: bytes | None, seconds: float
) -> tuple[int, bytes]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    joiner = "&" if parts.query else "?"
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}{joiner}"
    headers = {"Content-Type": "text/xml"} if body is not None else {}
    try:
        connection.request(method, target + urlencode(query), body=body, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(ECHO_BYTES)
    finally:
        connection.close()
