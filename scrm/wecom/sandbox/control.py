"""Python client of the sandbox's control plane: plays customers, staff, faults and the clock."""

from __future__ import annotations

import dataclasses
import http.client
import json
import time
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import quote, urlencode, urlsplit

from scrm.wecom.sandbox.control_types import (
    ApiRequest,
    Attempt,
    BroadcastTask,
    CallbackFaults,
    Clock,
    ConfirmResult,
    ContactWayView,
    CorpSeed,
    CustomerView,
    Delivery,
    FaultRule,
    Health,
    InboxMessage,
    ScanResult,
    Send,
    Switches,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrm.wecom.sandbox.control_types import FaultKind

T = TypeVar("T")
JsonObject = dict[str, object]
HTTP_OK = 200


class SandboxControlError(Exception):
    """The control plane refused; `status` is its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


def record(kind: type[T], data: object) -> T:
    """Build a frozen record from JSON, lists becoming tuples; unknown keys are left out."""
    names = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    values = cast("JsonObject", data)
    return kind(**{k: _frozen(v) for k, v in values.items() if k in names})


def _frozen(value: object) -> object:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


class SandboxControl:
    """Drives one running sandbox over HTTP; safe to share between threads."""

    def __init__(self, base_url: str, *, timeout: float = 60.0) -> None:
        self.base_url = base_url.rstrip("/")
        parts = urlsplit(self.base_url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 80
        self._timeout = timeout

    # -- life --------------------------------------------------------------------------------

    def health(self) -> Health:
        """Raise OSError while nothing listens."""
        return record(Health, self._get("health"))

    def wait_until_ready(self, *, seconds: float = 10.0) -> Health:
        """Wait for the process to answer, else raise TimeoutError."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.health()
            except OSError:
                if time.monotonic() > deadline:
                    msg = f"no sandbox at {self.base_url}"
                    raise TimeoutError(msg) from None
                time.sleep(0.05)

    def reset(self) -> None:
        """Forget every corp, log, fault and clock change."""
        self._post("reset")

    def seed(self, corp: CorpSeed) -> None:
        """Create or extend a corp; no callbacks result."""
        self._post("seed", dataclasses.asdict(corp))

    def set_callback(
        self,
        corp_id: str,
        agent_id: int,
        *,
        url: str,
        token: str,
        aes_key: str,
        verify: bool = True,
    ) -> None:
        """Save an application's callback address; with `verify` it must pass GET verification."""
        body = {"corp_id": corp_id, "agent_id": agent_id, "url": url, "token": token}
        self._post("callback", {**body, "aes_key": aes_key, "verify": verify})

    # -- clock -------------------------------------------------------------------------------

    def clock(self) -> Clock:
        return record(Clock, self._get("clock"))

    def clock_freeze(self, at: float | None = None) -> Clock:
        """Stop the clock, at a unix time or now."""
        return record(Clock, self._post("clock", {"freeze": True, "at": at}))

    def clock_advance(self, seconds: float) -> Clock:
        """Move the clock on by seconds, running or frozen."""
        return record(Clock, self._post("clock", {"advance": seconds}))

    def clock_offset(self, seconds: float) -> Clock:
        """Run with a fixed distance from real time."""
        return record(Clock, self._post("clock", {"offset": seconds}))

    def clock_real(self) -> Clock:
        return record(Clock, self._post("clock", {"offset": 0}))

    # -- customers ---------------------------------------------------------------------------

    def scan(
        self,
        corp_id: str,
        *,
        config_id: str = "",
        qr_code: str = "",
        external_userid: str = "",
        name: str = "",
        phone: str = "",
        userid: str = "",
        accept: bool = True,
    ) -> ScanResult:
        """A customer scans a contact code; without an id a new WeChat user appears.

        A code that skips verification sends add_half_external_contact and, with `accept`,
        add_external_contact after it; another code sends the latter only when accepted.
        """
        body = {"corp_id": corp_id, "config_id": config_id, "qr_code": qr_code, "userid": userid}
        person = {"external_userid": external_userid, "name": name, "phone": phone}
        return record(ScanResult, self._post("customer/scan", {**body, **person, "accept": accept}))

    def customer_delete(self, corp_id: str, *, external_userid: str, userid: str) -> None:
        """The customer deletes the member (del_follow_user); the relation stays one-way."""
        self._post("customer/delete", _pair(corp_id, external_userid, userid))

    def customer_reply(self, corp_id: str, *, external_userid: str, userid: str, text: str) -> None:
        """The customer writes to the member, who becomes the one who chatted last."""
        self._post("customer/reply", {**_pair(corp_id, external_userid, userid), "text": text})

    def customers(self, corp_id: str, *, q: str = "", limit: int = 50) -> list[CustomerView]:
        query = {"corp_id": corp_id, "q": q, "limit": limit}
        return self._records(CustomerView, "customers", query)

    def contact_ways(self, corp_id: str) -> list[ContactWayView]:
        return self._records(ContactWayView, "contact_ways", {"corp_id": corp_id})

    def inbox(self, corp_id: str, external_userid: str) -> list[InboxMessage]:
        """Everything on the customer's phone, oldest first."""
        query = {"corp_id": corp_id, "external_userid": external_userid}
        return self._records(InboxMessage, "inbox", query)

    # -- staff -------------------------------------------------------------------------------

    def confirm(self, corp_id: str, *, msgid: str = "", userid: str = "") -> ConfirmResult:
        """Members press 确认发送: all open tasks, or those of one broadcast or one member."""
        body = {"corp_id": corp_id, "msgid": msgid, "userid": userid}
        return record(ConfirmResult, self._post("staff/confirm", body))

    def tasks(self, corp_id: str, *, userid: str = "", msgid: str = "") -> list[BroadcastTask]:
        query = {"corp_id": corp_id, "userid": userid, "msgid": msgid}
        return self._records(BroadcastTask, "tasks", query)

    def staff_accept(self, corp_id: str, *, external_userid: str, userid: str) -> None:
        """The member accepts a waiting or half-added customer (add_external_contact)."""
        self._post("staff/accept", _pair(corp_id, external_userid, userid))

    def staff_edit(
        self,
        corp_id: str,
        *,
        external_userid: str,
        userid: str,
        remark: str | None = None,
        mobiles: tuple[str, ...] | None = None,
        add_tags: tuple[str, ...] = (),
        remove_tags: tuple[str, ...] = (),
    ) -> None:
        """The member edits remark, phones or tags in the app (edit_external_contact)."""
        change = {"remark": remark, "mobiles": mobiles}
        tags = {"add_tags": add_tags, "remove_tags": remove_tags}
        self._post("staff/edit", {**_pair(corp_id, external_userid, userid), **change, **tags})

    def staff_delete(self, corp_id: str, *, external_userid: str, userid: str) -> None:
        """The member deletes the customer (del_external_contact)."""
        self._post("staff/delete", _pair(corp_id, external_userid, userid))

    def admin_tag(self, corp_id: str, *, group: str = "", name: str = "", tag_id: str = "") -> str:
        """The administrator creates a tag (group and name), renames it, or deletes it (id only).

        Sends change_external_tag; returns the tag's id.
        """
        body = {"corp_id": corp_id, "group": group, "name": name, "tag_id": tag_id}
        return str(self._post("admin/tag", body)["tag_id"])

    # -- faults and limits -------------------------------------------------------------------

    def fault(
        self,
        kind: FaultKind,
        *,
        api: str = "*",
        corp_id: str = "",
        code: int = 0,
        times: int = 0,
        probability: float = 1.0,
        milliseconds: int = 0,
    ) -> FaultRule:
        """Plan a fault; `code` is the errcode or HTTP status, `times` 0 means until cleared."""
        rule = FaultRule(
            kind=kind,
            api=api,
            corp_id=corp_id,
            code=code,
            times=times,
            probability=probability,
            milliseconds=milliseconds,
        )
        return record(FaultRule, self._post("faults", dataclasses.asdict(rule)))

    def faults(self) -> list[FaultRule]:
        return self._records(FaultRule, "faults", {})

    def fault_remove(self, rule_id: int) -> None:
        self._post("faults/remove", {"id": rule_id})

    def faults_clear(self) -> None:
        """Remove every fault rule, callback fault, rate limit and concurrency cap."""
        self._post("faults/clear")

    def callback_faults(self, faults: CallbackFaults) -> CallbackFaults:
        """Replace the way callbacks go wrong."""
        return record(CallbackFaults, self._post("callback_faults", dataclasses.asdict(faults)))

    def switches(self) -> Switches:
        return record(Switches, self._get("switches"))

    def switch(self, **changes: object) -> Switches:
        """Change some switches by name, see Switches."""
        return record(Switches, self._post("switches", changes))

    def tokens_expire(self, corp_id: str, *, revoke: bool = False) -> None:
        """End every living access token now: 42001, or 40014 with `revoke`."""
        self._post("tokens/expire", {"corp_id": corp_id, "revoke": revoke})

    def corp_update(
        self, corp_id: str, *, quota_rule: str | None = None, token_ttl: int | None = None
    ) -> None:
        """Change a corp's broadcast rule (monthly, weekly, daily) or the life of new tokens."""
        body = {"corp_id": corp_id, "quota_rule": quota_rule, "token_ttl": token_ttl}
        self._post("corp", body)

    def rate_limit(self, corp_id: str, api: str, *, limit: int, seconds: float) -> None:
        """45009 above `limit` calls a window; `limit` 0 removes it. api "*" covers each API."""
        body = {"corp_id": corp_id, "api": api, "limit": limit, "seconds": seconds}
        self._post("rate_limits", body)

    def concurrency(self, corp_id: str, api: str, *, cap: int) -> None:
        """45033 above `cap` calls at one time; 0 removes it."""
        self._post("concurrency", {"corp_id": corp_id, "api": api, "cap": cap})

    # -- logs --------------------------------------------------------------------------------

    def sends(self, corp_id: str = "", *, kind: str = "", after: int = 0) -> list[Send]:
        """Accepted sends in order, with id above `after`."""
        return self._records(Send, "sends", {"corp_id": corp_id, "kind": kind, "after": after})

    def requests(
        self, *, api: str = "", corp_id: str = "", after: int = 0, limit: int = 1000
    ) -> list[ApiRequest]:
        """The newest `limit` API requests, oldest first."""
        query = {"api": api, "corp_id": corp_id, "after": after, "limit": limit}
        return self._records(ApiRequest, "requests", query)

    def deliveries(self, corp_id: str = "", *, after: int = 0, limit: int = 1000) -> list[Delivery]:
        """The newest `limit` callbacks with their attempts, oldest first."""
        query = {"corp_id": corp_id, "after": after, "limit": limit}
        rows = cast("list[JsonObject]", self._get("deliveries", query)["data"])
        return [
            record(Delivery, {**r, "attempts": [record(Attempt, a) for a in _list(r["attempts"])]})
            for r in rows
        ]

    def wait_for_callbacks(self, *, seconds: float = 10.0) -> None:
        """Wait until no callback is queued or in retry, else raise TimeoutError."""
        deadline = time.monotonic() + seconds
        while self._get("callbacks/pending")["pending"]:
            if time.monotonic() > deadline:
                msg = "callbacks still pending"
                raise TimeoutError(msg)
            time.sleep(0.02)

    def redeliver(self, delivery_id: int, *, copies: int = 1, delay: float = 0.0) -> None:
        """Send a past callback again (same decrypted XML, new envelope)."""
        body = {"id": delivery_id, "copies": copies, "delay": delay}
        self._post("callbacks/redeliver", body)

    # -- wire --------------------------------------------------------------------------------

    def _records(self, kind: type[T], path: str, query: Mapping[str, object]) -> list[T]:
        return [record(kind, row) for row in _list(self._get(path, query)["data"])]

    def _get(self, path: str, query: Mapping[str, object] | None = None) -> JsonObject:
        tail = f"?{urlencode({k: v for k, v in (query or {}).items() if v != ''})}"
        return self._call("GET", f"/_sandbox/{quote(path)}{tail}", None)

    def _post(self, path: str, body: Mapping[str, object] | None = None) -> JsonObject:
        data = json.dumps(body or {}, ensure_ascii=False).encode()
        return self._call("POST", f"/_sandbox/{quote(path)}", data)

    def _call(self, method: str, target: str, body: bytes | None) -> JsonObject:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
            data = cast("JsonObject", json.loads(response.read() or b"{}"))
        finally:
            connection.close()
        if response.status != HTTP_OK:
            raise SandboxControlError(response.status, str(data.get("error", "")))
        return data


def _pair(corp_id: str, external_userid: str, userid: str) -> JsonObject:
    return {"corp_id": corp_id, "external_userid": external_userid, "userid": userid}


def _list(value: object) -> list[object]:
    return cast("list[object]", value)
