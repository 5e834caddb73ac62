from __future__ import annotations

import http.client
import threading
import time

import pytest

from tests.scrm.wecom_sandbox.world import CORP

ADD = "externalcontact/add_msg_template"
BODY = {"sender": "li.na", "text": {"content": "x"}}


def test_the_next_calls_can_be_refused_and_nothing_is_accepted(api, sandbox) -> None:
    sandbox.fault("errcode", api=ADD, code=45009, times=2)
    codes = [api.post(ADD, BODY)["errcode"] for _ in range(3)]
    assert codes == [45009, 45009, 0]
    assert len(sandbox.sends()) == 1
    assert sandbox.faults() == []


@pytest.mark.parametrize("code", [-1, 45033, 45035, 6000])
def test_any_errcode_can_be_planted_for_every_api(api, sandbox, code) -> None:
    rule = sandbox.fault("errcode", code=code)
    assert api.get("user/get", userid="li.na")["errcode"] == code
    sandbox.fault_remove(rule.id)
    assert api.get("user/get", userid="li.na")["errcode"] == 0


def test_probability_hits_about_that_share_and_repeats_with_its_seed(api, sandbox) -> None:
    def run() -> list[int]:
        sandbox.switch(random_seed=7)
        return [api.get("user/get", userid="li.na")["errcode"] for _ in range(100)]

    sandbox.fault("errcode", api="user/get", code=-1, probability=0.5)
    first = run()
    assert 30 < first.count(-1) < 70
    assert run() == first


def test_502_and_latency(api, sandbox) -> None:
    sandbox.fault("http", api=ADD, code=502, times=1)
    assert api.raw("POST", ADD, {}, b"{}")[0] == 502
    sandbox.fault("latency", api="user/get", milliseconds=200, times=1)
    begun = time.monotonic()
    assert api.get("user/get", userid="li.na")["errcode"] == 0
    assert time.monotonic() - begun >= 0.2


def test_a_slow_answer_means_the_send_is_already_accepted(api, sandbox) -> None:
    sandbox.fault("latency", api=ADD, milliseconds=1500, times=1)
    body = b'{"sender": "li.na", "text": {"content": "x"}}'
    with pytest.raises(TimeoutError):
        api.raw("POST", ADD, {}, body, timeout=0.2)
    assert len(sandbox.sends()) == 1


def test_a_drop_after_accepting_keeps_the_send_and_a_drop_before_does_not(api, sandbox) -> None:
    sandbox.fault("drop_after", api=ADD, times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        api.post(ADD, BODY)
    assert len(sandbox.sends()) == 1
    sandbox.fault("drop_before", api=ADD, times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        api.post(ADD, BODY)
    assert len(sandbox.sends()) == 1
    assert [(r.status, r.fault) for r in sandbox.requests(api=ADD)] == [
        (0, "drop_after"),
        (0, "drop_before"),
    ]


def test_a_rate_window_blocks_for_its_length(api, sandbox) -> None:
    sandbox.rate_limit(CORP, "user/get", limit=3, seconds=60)
    codes = [api.get("user/get", userid="li.na")["errcode"] for _ in range(5)]
    assert codes == [0, 0, 0, 45009, 45009]
    assert api.get("department/list")["errcode"] == 0
    sandbox.clock_advance(59)
    assert api.get("user/get", userid="li.na")["errcode"] == 45009
    sandbox.clock_advance(2)
    assert api.get("user/get", userid="li.na")["errcode"] == 0


def test_a_concurrency_cap_refuses_the_surplus(api, sandbox) -> None:
    sandbox.concurrency(CORP, "user/get", cap=2)
    sandbox.fault("latency", api="user/get", milliseconds=300)
    codes: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: codes.append(api.get("user/get", userid="li.na")["errcode"])
        )
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [0, 0, 45033, 45033, 45033]


def test_clearing_faults_heals_everything(api, sandbox) -> None:
    sandbox.fault("errcode", code=-1)
    sandbox.rate_limit(CORP, "*", limit=1, seconds=60)
    sandbox.concurrency(CORP, "*", cap=1)
    sandbox.faults_clear()
    assert [api.get("user/get", userid="li.na")["errcode"] for _ in range(3)] == [0, 0, 0]


def test_the_request_log_tells_what_happened_without_secrets(api, sandbox) -> None:
    api.post(ADD, BODY)
    [entry] = sandbox.requests(api=ADD)
    assert (entry.corp_id, entry.errcode, entry.method) == (CORP, 0, "POST")
    [signing_in] = sandbox.requests(api="gettoken")
    assert "sandbox-secret" not in str(signing_in)
    assert api.token not in str(sandbox.requests())


def test_sixteen_clients_at_once_are_all_accepted_exactly_once(api, sandbox) -> None:
    def work() -> None:
        for _ in range(20):
            assert api.post(ADD, BODY)["errcode"] == 0

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sends = sandbox.sends()
    assert len(sends) == len({s.msgid for s in sends}) == 320
