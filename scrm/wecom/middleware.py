"""The callback address, answered before the rest of the stack: verify, store, answer (engagement.md 1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from scrm.core import clock
from scrm.wecom.callbacks.crypto import EnvelopeMalformed, EnvelopeRefused, encrypt_of
from scrm.wecom.callbacks.doors import Door, door_find
from scrm.wecom.callbacks.inbox import InboxUnavailable, inbox_store
from scrm.wecom.callbacks.verified import callback_verified

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)
PREFIX = "/wecom/"
MOST_BYTES = 64 * 1024
STALE_SECONDS = 600
_ADDRESS = re.compile(r"/wecom/([-a-zA-Z0-9_]{1,40})/(wcc_[0-9a-z]{26})/callback")
_FIELDS = ("msg_signature", "timestamp", "nonce")


class CallbackFastPath:
    """Answers everything below /wecom/; nothing else of the platform runs for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        try:
            return _answer(request)
        except (EnvelopeMalformed, UnicodeError):
            return HttpResponse(status=400)
        except EnvelopeRefused as refused:
            log.warning("wecom_callback_refused", path=request.path_info[:100], why=str(refused))
            return HttpResponse(status=403)
        except (InboxUnavailable, DatabaseError):
            log.exception("wecom_callback_unavailable")
            _hang_up()
            return HttpResponse(status=503)


def _answer(request: HttpRequest) -> HttpResponse:
    address = _ADDRESS.fullmatch(request.path_info)
    door = door_find(*address.groups()) if address is not None else None
    if door is None:
        return HttpResponse(status=404)
    if request.method == "POST":
        return _receive(request, door)
    if request.method == "GET":
        return _verify(request, door)
    return HttpResponse(status=405, headers={"Allow": "GET, POST"})


def _query(request: HttpRequest, *more: str) -> list[str]:
    """The wanted parameters, each exactly once."""
    try:
        pairs = parse_qsl(
            request.META.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=20
        )
    except ValueError as fault:  # more fields than anybody needs
        raise EnvelopeMalformed("query") from fault
    values = dict(pairs)
    wanted = [values.get(name, "") for name in (*_FIELDS, *more)]
    if len(values) != len(pairs) or not all(wanted):
        raise EnvelopeMalformed("query")
    return wanted


def _verify(request: HttpRequest, door: Door) -> HttpResponse:
    """GET: the plaintext of echostr, nothing around it."""
    signature, timestamp, nonce, echo = _query(request, "echostr")
    plain = door.crypto.open(signature=signature, timestamp=timestamp, nonce=nonce, encrypt=echo)
    callback_verified(door=door)
    return HttpResponse(plain, content_type="text/plain; charset=utf-8")


def _receive(request: HttpRequest, door: Door) -> HttpResponse:
    """POST: stored once, then an empty 200."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit():
        raise EnvelopeMalformed("length")
    if len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES:
        return HttpResponse(status=413)
    signature, timestamp, nonce = _query(request)
    encrypt = encrypt_of(request.read(MOST_BYTES))
    xml = door.crypto.open(signature=signature, timestamp=timestamp, nonce=nonce, encrypt=encrypt)
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or b"\0" in xml:
        raise EnvelopeMalformed("doctype")
    _look_at_age(timestamp, door)
    inbox_store(door=door, xml=xml)
    return HttpResponse()


def _look_at_age(timestamp: str, door: Door) -> None:
    """A stale callback is told, not refused: what is late is still true, and a replay is known."""
    age = (
        clock.now().timestamp() - int(timestamp)
        if timestamp.isascii() and timestamp.isdigit()
        else None
    )
    if age is None or abs(age) > STALE_SECONDS:
        log.warning("wecom_callback_stale", tenant=door.tenant_id, corp=door.corp_pk, seconds=age)


def _hang_up() -> None:
    """Give the next request a fresh connection; the broken one may hang again."""
    if not connection.in_atomic_block:
        connection.close()
