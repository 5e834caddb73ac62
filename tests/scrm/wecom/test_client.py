"""What the wire survives: dead tokens, storms, limits, silence, nonsense."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.wecom import pacing, store
from scrm.wecom.errors import (
    WeComLimited,
    WeComMisconfigured,
    WeComRefused,
    WeComUnknown,
)
from scrm.wecom.gateway import Gateway, gateway_for
from scrm.wecom.models import CorpState, WeComCorp
from scrm.wecom.sandbox.control import SandboxControl
from tests.scrm.wecom.conftest import CORP, SECRET


def calls(sandbox: SandboxControl, api: str) -> int:
    return len(sandbox.requests(api=api))


@pytest.mark.parametrize("revoke", [False, True])
def test_a_dead_token_costs_one_refresh_and_one_retry(
    gateway: Gateway, sandbox: SandboxControl, revoke: bool
) -> None:
    gateway.contact_members()
    sandbox.tokens_expire(CORP, revoke=revoke)
    assert gateway.contact_members() == ("li.na", "wang.wu")
    assert calls(sandbox, "gettoken") == 2


def test_a_token_that_stays_dead_is_given_up_after_one_retry(
    gateway: Gateway, sandbox: SandboxControl
) -> None:
    sandbox.fault("errcode", api="externalcontact/get_follow_user_list", code=40014)
    with pytest.raises(WeComLimited) as given_up:
        gateway.contact_members()
    assert given_up.value.errcode == 40014
    assert calls(sandbox, "externalcontact/get_follow_user_list") == 2


@pytest.mark.race
def test_a_storm_of_callers_with_a_dead_token_fetches_one(
    gateway: Gateway, sandbox: SandboxControl, tenant: Tenant
) -> None:
    gateway.contact_members()
    before = calls(sandbox, "gettoken")
    sandbox.switch(same_token=False)
    sandbox.tokens_expire(CORP)
    errors: list[Exception] = []
    start = threading.Barrier(16)

    def caller() -> None:
        try:
            with tenant_scope(tenant.pk):
                start.wait()
                for _ in range(5):
                    gateway.contact_members()
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=caller) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert calls(sandbox, "gettoken") == before + 1
    sandbox.switch(same_token=True)


def test_the_kept_token_is_sealed_and_ends_before_wecoms_does(
    gateway: Gateway, corp: WeComCorp
) -> None:
    gateway.contact_members()
    kept = store.store().hgetall(store.key(corp, "token"))
    assert kept["sealed"].startswith("f1$")
    assert 0 < store.store().ttl(store.key(corp, "token")) <= 6900
    names = list(store.store().scan_iter("*"))
    assert names
    assert not any(SECRET[:6] in name or CORP in name for name in names)


def test_busy_is_tried_again_three_times_at_most(gateway: Gateway, sandbox: SandboxControl) -> None:
    api = "externalcontact/get_follow_user_list"
    sandbox.fault("errcode", api=api, code=-1, times=2)
    assert gateway.contact_members()
    sandbox.fault("errcode", api=api, code=-1)
    before = calls(sandbox, api)
    with pytest.raises(WeComLimited) as later:
        gateway.contact_members()
    assert later.value.errcode == -1
    assert calls(sandbox, api) - before == 4


def test_a_frequency_limit_closes_this_api_of_this_corp_only(
    gateway: Gateway, sandbox: SandboxControl, corp: WeComCorp
) -> None:
    api = "externalcontact/get_follow_user_list"
    sandbox.fault("errcode", api=api, code=45009, times=1)
    with pytest.raises(WeComLimited) as limited:
        gateway.contact_members()
    assert (limited.value.errcode, limited.value.retry_after) == (45009, 60.0)
    before = calls(sandbox, api)
    with pytest.raises(WeComLimited) as closed:
        gateway.contact_members()
    assert 0 < closed.value.retry_after <= 60
    assert calls(sandbox, api) == before
    assert gateway.members()
    assert pacing.circuit_open(corp=corp, api=api) == 120.0
    for _ in range(8):
        longest = pacing.circuit_open(corp=corp, api=api)
    assert longest == 3600.0


def test_our_own_pace_stays_below_wecoms(
    gateway: Gateway, sandbox: SandboxControl, settings: object
) -> None:
    settings.WECOM_CALLS_PER_MINUTE = 8
    gateway.contact_members()
    gateway.contact_members()
    with pytest.raises(WeComLimited) as paced:
        gateway.contact_members()
    assert paced.value.errcode == 0
    assert paced.value.retry_after > 2


@pytest.mark.parametrize("code", [48002, 40001])
def test_a_wrong_binding_stops_the_application_and_does_not_loop(
    gateway: Gateway, sandbox: SandboxControl, corp: WeComCorp, code: int
) -> None:
    sandbox.fault("errcode", api="externalcontact/list", code=code)
    with pytest.raises(WeComMisconfigured) as stopped:
        gateway.contacts_of("li.na")
    assert stopped.value.errcode == code
    kept = WeComCorp.objects.get(pk=corp.pk)
    assert (kept.state, kept.stopped_errcode, kept.stopped_api) == (
        CorpState.STOPPED,
        code,
        "externalcontact/list",
    )
    kept.state = CorpState.ACTIVE  # a stale row in another process
    before = len(sandbox.requests())
    for stale in (corp, kept):
        with pytest.raises(WeComMisconfigured):
            gateway_for(stale).contact_members()
    assert len(sandbox.requests()) == before


def test_a_wrong_secret_is_asked_once(scope: Tenant, sandbox: SandboxControl) -> None:
    wrong = WeComCorp.objects.create(
        corp_id=CORP, name="x", agent_id=9, secret="no", token="t", aes_key="k"
    )
    for _ in range(3):
        with pytest.raises(WeComMisconfigured):
            gateway_for(wrong).contact_members()
    assert calls(sandbox, "gettoken") == 1


def test_no_answer_is_unknown_and_is_not_sent_again(
    gateway: Gateway, sandbox: SandboxControl
) -> None:
    for kind in ("drop_after", "drop_before"):
        sandbox.faults_clear()
        sandbox.fault(kind, api="externalcontact/add_msg_template", milliseconds=50)
        before = calls(sandbox, "externalcontact/add_msg_template")
        with pytest.raises(WeComUnknown):
            gateway.broadcast_create(sender="li.na", external_userids=["wm1"], text="hi")
        assert calls(sandbox, "externalcontact/add_msg_template") == before + 1
    sandbox.faults_clear()
    sandbox.fault("http", api="externalcontact/add_msg_template", code=502, times=1)
    with pytest.raises(WeComUnknown):
        gateway.broadcast_create(sender="li.na", external_userids=["wm1"], text="hi")


def test_a_slow_answer_is_given_up_in_time(gateway: Gateway, sandbox: SandboxControl) -> None:
    gateway.contact_members()
    sandbox.fault("latency", api="externalcontact/get_follow_user_list", milliseconds=4000, times=1)
    start = time.monotonic()
    with pytest.raises(WeComUnknown):
        gateway.contact_members()
    assert time.monotonic() - start < 3.5


def test_a_closed_port_is_a_definite_not_now(gateway: Gateway, settings: object) -> None:
    settings.WECOM_BASE_URL = "http://127.0.0.1:9"
    with pytest.raises(WeComLimited):
        gateway.contact_members()


class _Odd(BaseHTTPRequestHandler):
    body = b""

    def do_GET(self) -> None:
        token = b'{"errcode":0,"access_token":"SECRETTOKEN","expires_in":7200}'
        body = token if "gettoken" in self.path else self.body
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the base class's name

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def odd_server(settings: object) -> Iterator[type[_Odd]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.WECOM_BASE_URL = f"http://127.0.0.1:{server.server_port}"
    yield _Odd
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[1]",
        b"null",
        b'"x"',
        b"",
        b'{"errcode":"x"}',
        b'{"errcode":null}',
        b'{"errcode":0,"follow_user":"li.na"}',
        b'{"errcode":0,"follow_user":[1]}',
        b"\xff\xfe{}",
    ],
)
def test_answers_of_another_shape_are_no_answers(
    gateway: Gateway, odd_server: type[_Odd], body: bytes
) -> None:
    odd_server.body = body
    with pytest.raises(WeComUnknown):
        gateway.contact_members()


def test_errors_tell_neither_tokens_nor_secrets(
    gateway: Gateway, odd_server: type[_Odd], capsys: pytest.CaptureFixture[str]
) -> None:
    odd_server.body = (
        b'{"errcode":40096,"errmsg":"invalid external userid, hint: [1_2_3], from ip: 1.2.3.4"}'
    )
    with pytest.raises(WeComRefused) as refused:
        gateway.contact_members()
    error: BaseException | None = refused.value
    texts = [repr(refused.value), str(refused.value.__dict__), capsys.readouterr().out]
    while error is not None:
        texts.append(repr(error))
        error = error.__context__
    assert not any("SECRETTOKEN" in text or SECRET in text or "1.2.3.4" in text for text in texts)


def test_without_redis_nobody_polls_for_tokens(
    gateway: Gateway, settings: object, sandbox: SandboxControl
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with pytest.raises(WeComLimited):
        gateway.contact_members()
    assert calls(sandbox, "gettoken") == 0
