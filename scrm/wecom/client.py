"""The wire to WeCom: the one module that imports wechatpy.

wechatpy's own token handling is not used (it retries without end, keeps secrets in key names and ignores
timeouts); only its request path is, with every argument given. Whatever goes wrong leaves here as one of
our errors, without tokens, secrets or URLs in its text.
"""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests
import structlog
from django.conf import settings
from requests.adapters import HTTPAdapter
from typing_extensions import override
from wechatpy.enterprise import WeChatClient
from wechatpy.exceptions import WeChatClientException

from scrm.events.pulse import tally
from scrm.wecom.errcodes import Treat, treatment
from scrm.wecom.errors import (
    WeComError,
    WeComLimited,
    WeComMisconfigured,
    WeComRefused,
    WeComUnknown,
)
from scrm.wecom.pacing import Verdict, circuit_open, leave_ask, stop_mark
from scrm.wecom.tokens import FreshToken, token_forget, token_get

if TYPE_CHECKING:
    from scrm.wecom.models import WeComCorp

log = structlog.get_logger(__name__)
IDLE_SECONDS = 2.0
RETRIES = 3
PATIENCE_SECONDS = 2.0  # how long a call may wait for its turn before it is sent back
_BACKOFF = (0.2, 0.6, 1.5)
_FIRST_REFUSAL = 400
_FIRST_SERVER_FAULT = 500

Json = dict[str, Any]
# A worker has few threads; a session each keeps connections apart, as requests asks for.
_thread = threading.local()


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file of a multipart call, as bytes so that a retry sends it again whole."""

    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One call: GET with ``params``, POST with a JSON ``body``, or POST with a file."""

    api: str
    params: dict[str, str] = field(default_factory=dict)
    body: Json | None = None
    upload: Upload | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one trip over the wire gave: an answer, or what is known of the failure."""

    answer: Json | None = None
    errcode: int = 0
    words: str = ""
    sent: bool = True
    http: int = 200


class WeComWire(WeChatClient):  # type: ignore[misc]
    """wechatpy's client without a corp, a token or a proxy: all it does is one request."""

    def __init__(self, base_url: str) -> None:
        super().__init__("", "", timeout=settings.WECOM_HTTP_TIMEOUT, auto_retry=False)
        self.API_BASE_URL = f"{base_url.rstrip('/')}/cgi-bin/"
        self.used_at = time.monotonic()
        self._open_session()

    def _open_session(self) -> None:
        self._http = requests.Session()
        self._http.trust_env = False
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=2, max_retries=0)
        self._http.mount("http://", adapter)
        self._http.mount("https://", adapter)

    @override
    def fetch_access_token(self) -> None:
        """Never: tokens come from scrm.wecom.tokens."""
        message = "the wire holds no token"
        raise NotImplementedError(message)

    @override
    def _decode_result(self, res: requests.Response) -> object:
        # wechatpy drops bytes that are no UTF-8 and reads what is left.
        return json.loads(res.content.decode())

    def trip(self, ask: Ask, params: dict[str, str]) -> Outcome:
        """Send once. Never raises for what the network or WeCom did."""
        if time.monotonic() - self.used_at > IDLE_SECONDS:
            self._http.close()  # an idle connection may be half dead, and a send on it could vanish
        try:
            return self._send(ask, params)
        except WeChatClientException as refused:
            if refused.errcode is not None:
                return Outcome(errcode=int(refused.errcode), words=_first_words(refused.errmsg))
            status = getattr(refused.response, "status_code", 0)
            return Outcome(errcode=0, words=f"HTTP {status}", http=status)
        except requests.RequestException as fault:
            return Outcome(words=type(fault).__name__, sent=not _never_left(fault), http=0)
        except (ValueError, TypeError, UnicodeError):
            return Outcome(words="unreadable answer", http=0)
        finally:
            self.used_at = time.monotonic()

    def _send(self, ask: Ask, given: dict[str, str]) -> Outcome:
        params = list(given.items())  # into a dict wechatpy would put a token of its own
        if ask.upload is not None:
            file = (ask.upload.filename, ask.upload.content, ask.upload.content_type)
            answer = self.post(ask.api, params=params, files={"media": file}, allow_redirects=False)
        elif ask.body is not None:
            answer = self.post(ask.api, params=params, data=ask.body, allow_redirects=False)
        else:
            answer = self.get(ask.api, params=params, allow_redirects=False)
        if not isinstance(answer, dict):
            return Outcome(words="answer is not a JSON object", http=0)
        return Outcome(answer=answer)


def _never_left(fault: requests.RequestException) -> bool:
    """Whether the request certainly did not reach WeCom."""
    if isinstance(fault, requests.ConnectTimeout):
        return True
    # requests wraps urllib3's "could not connect" into ConnectionError(MaxRetryError(reason=...)).
    reason = getattr(fault.args[0] if fault.args else None, "reason", None)
    return type(reason).__name__ in {
        "NewConnectionError",
        "ConnectTimeoutError",
        "NameResolutionError",
    }


def _first_words(errmsg: object) -> str:
    """WeCom's message without its tail (hint, our address, link)."""
    return str(errmsg).split(", hint:", 1)[0].split(", from ip:", 1)[0][:120]


def _wire() -> WeComWire:
    base_url: str = settings.WECOM_BASE_URL
    wire: WeComWire | None = getattr(_thread, "wire", None)
    if wire is None or _thread.base_url != base_url:
        wire = WeComWire(base_url)
        _thread.wire, _thread.base_url = wire, base_url
    return wire


def call(*, corp: WeComCorp, ask: Ask) -> Json:
    """Make the call for this application and return WeCom's answer, or raise one of our errors."""
    refreshed, retries = False, 0
    while True:
        _wait_for_turn(corp, ask.api)
        token = token_get(corp=corp, fetch=lambda: token_fetch(corp=corp))
        outcome = _wire().trip(ask, {**ask.params, "access_token": token})
        if outcome.answer is not None:
            return outcome.answer
        treat = treatment(outcome.errcode)
        if treat is Treat.REFRESH and not refreshed:
            refreshed = True
            token_forget(corp=corp, token=token)
            continue
        if treat is Treat.AGAIN and retries < RETRIES:
            time.sleep(_BACKOFF[retries] * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            retries += 1
            continue
        raise _told(corp, ask.api, outcome)


def token_fetch(*, corp: WeComCorp) -> FreshToken:
    """gettoken, once, for a bound application."""
    _wait_for_turn(corp, "gettoken")
    outcome = _token_trip(corp.corp_id, corp.secret)
    if outcome.answer is None:
        raise _told(corp, "gettoken", outcome)
    return _token_read(outcome.answer)


def token_probe(*, corp_id: str, secret: str) -> FreshToken:
    """gettoken for an application that is not bound yet; stops and opens nothing."""
    outcome = _token_trip(corp_id, secret)
    if outcome.answer is None:
        raise error_for("gettoken", outcome)
    return _token_read(outcome.answer)


def call_probe(*, token: FreshToken, ask: Ask) -> Json:
    """One call, no retry, for an application that is not bound yet."""
    outcome = _wire().trip(ask, {**ask.params, "access_token": token.value})
    if outcome.answer is None:
        raise error_for(ask.api, outcome)
    return outcome.answer


def _token_trip(corp_id: str, secret: str) -> Outcome:
    return _wire().trip(Ask(api="gettoken"), {"corpid": corp_id, "corpsecret": secret})


def _token_read(answer: Json) -> FreshToken:
    value, life = answer.get("access_token"), answer.get("expires_in", 7200)
    if (
        not isinstance(value, str)
        or not value
        or isinstance(life, bool)
        or not isinstance(life, int)
    ):
        raise WeComUnknown(api="gettoken", reason="answer without a token")
    return FreshToken(value=value, expires_in=life)


def _wait_for_turn(corp: WeComCorp, api: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        leave = leave_ask(corp=corp, api=api)
        if leave.verdict is Verdict.GO:
            return
        if leave.verdict is Verdict.STOPPED:
            raise WeComMisconfigured(api=api, errcode=corp.stopped_errcode or 0, reason="stopped")
        if leave.verdict is Verdict.CIRCUIT_OPEN:
            raise WeComLimited(api=api, errcode=45009, retry_after=leave.seconds)
        if time.monotonic() + leave.seconds > deadline:
            raise WeComLimited(api=api, reason="our own pace", retry_after=leave.seconds)
        time.sleep(leave.seconds)


def _told(corp: WeComCorp, api: str, outcome: Outcome) -> WeComError:
    """The error of a bound application's call; opens the circuit or stops the application if need be."""
    error = error_for(api, outcome)
    tally("wecom_errors", api, str(outcome.errcode))
    log.warning(
        "wecom_call_failed",
        corp=corp.public_id,
        api=api,
        errcode=outcome.errcode,
        words=outcome.words,
    )
    if isinstance(error, WeComMisconfigured):
        stop_mark(corp=corp)
    elif treatment(outcome.errcode) is Treat.CIRCUIT:
        seconds = circuit_open(corp=corp, api=api)
        return WeComLimited(api=api, errcode=outcome.errcode, retry_after=seconds)
    return error


def error_for(api: str, outcome: Outcome) -> WeComError:
    """What a failed trip means (wecom.md 2.4)."""
    if not outcome.errcode:
        return _error_without_code(api, outcome)
    treat = treatment(outcome.errcode, api)
    if treat is Treat.STOP:
        return WeComMisconfigured(api=api, errcode=outcome.errcode, reason=outcome.words)
    if treat is Treat.REFUSE:
        return WeComRefused(api=api, errcode=outcome.errcode, reason=outcome.words)
    return WeComLimited(api=api, errcode=outcome.errcode, reason=outcome.words, retry_after=2.0)


def _error_without_code(api: str, outcome: Outcome) -> WeComError:
    if not outcome.sent:
        return WeComLimited(api=api, reason=outcome.words, retry_after=5.0)
    if _FIRST_REFUSAL <= outcome.http < _FIRST_SERVER_FAULT:
        return WeComRefused(api=api, reason=outcome.words)
    return WeComUnknown(api=api, reason=outcome.words)
