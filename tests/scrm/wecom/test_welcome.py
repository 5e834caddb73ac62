"""Welcome codes: once, in time, and written down (EC-86)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from scrm.core import clock
from scrm.events.models import OutboxEvent
from scrm.tenants.context import require_tenant_id
from scrm.tenants.models import Tenant
from scrm.wecom.callbacks.inbox import dedup_key
from scrm.wecom.gateway import ContactWay, MessageContent, gateway_for
from scrm.wecom.models import CallbackEvent, WeComCorp, WelcomeTask
from scrm.wecom.sandbox.control import SandboxControl
from scrm.wecom.welcome import WelcomeContent, providers, tasks, welcome_provider_register
from scrm.wecom.welcome.services import welcomes_send, welcomes_trim, welcomes_waiting
from scrm.wecom.welcome.tasks import welcome_drain
from tests.scrm.wecom.conftest import CORP


@pytest.fixture(autouse=True)
def only_own_providers() -> Iterator[None]:
    kept = dict(providers._providers)
    providers._providers.clear()
    yield
    providers._providers.clear()
    providers._providers.update(kept)


@pytest.fixture
def greeting() -> None:
    def provider(corp_id: str, userid: str, state: str) -> WelcomeContent | None:
        return MessageContent(text=f"欢迎来自 {state} 的朋友") if state else None

    welcome_provider_register(provider)


def scanned(corp: WeComCorp, sandbox: SandboxControl, state: str = "ch_1") -> str:
    """A customer scans; the callback is put into the inbox as the fast path would. Returns the customer."""
    way = gateway_for(corp).contact_way_create(ContactWay(users=("li.na",), state=state))
    scan = sandbox.scan(CORP, config_id=way.config_id, name="新客")
    received(corp, scan.welcome_code, scan.external_userid, state)
    return scan.external_userid


def received(
    corp: WeComCorp, code: str, external_userid: str, state: str = "ch_1", change: str = "add"
) -> None:
    raw = (
        f"<xml><CreateTime>1760000000</CreateTime><Event>change_external_contact</Event>"
        f"<ChangeType>{change}_external_contact</ChangeType><UserID>li.na</UserID>"
        f"<ExternalUserID>{external_userid}</ExternalUserID><State>{state}</State><WelcomeCode>{code}</WelcomeCode></xml>"
    )
    CallbackEvent.objects.create(
        corp=corp,
        dedup=dedup_key(corp.tenant_id, raw.encode()),
        raw=raw,
        received_at=clock.now(),
        has_welcome=True,
    )


def outcome() -> tuple[str, int | None]:
    return WelcomeTask.objects.values_list("state", "errcode").get()


def test_a_new_friend_is_greeted_once_with_the_codes_words(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    customer = scanned(corp, sandbox)
    assert welcomes_send() == 1
    assert [message.text for message in sandbox.inbox(CORP, customer)] == ["欢迎来自 ch_1 的朋友"]
    assert outcome() == ("sent", 0)
    assert welcomes_send() == 0
    fact = OutboxEvent.objects.get(type="wecom.welcome_finished")
    assert fact.payload["state"] == "sent"
    assert fact.payload["milliseconds"] < 5000


def test_the_half_events_code_and_the_whole_events_code_are_one(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    customer = scanned(corp, sandbox)
    code = WelcomeTask.objects.values_list("code", flat=True)
    received(corp, sandbox_code(sandbox, customer), customer, change="add_half")
    assert welcomes_send() == 1
    assert len(code) == 1
    assert len(sandbox.sends(CORP, kind="welcome")) == 1


def sandbox_code(sandbox: SandboxControl, customer: str) -> str:
    raw = CallbackEvent.objects.latest("id").raw
    return raw.split("<WelcomeCode>")[1].split("<")[0]


def test_nobody_speaks_when_no_words_are_set(corp: WeComCorp, sandbox: SandboxControl) -> None:
    scanned(corp, sandbox)
    welcomes_send()
    assert outcome() == ("skipped", None)
    assert sandbox.sends(CORP, kind="welcome") == []


def test_a_providers_fault_does_not_cost_anothers_welcome(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    def aaa_broken(corp_id: str, userid: str, state: str) -> WelcomeContent | None:
        raise RuntimeError("bug")

    welcome_provider_register(aaa_broken)
    scanned(corp, sandbox)
    welcomes_send()
    assert outcome() == ("sent", 0)


def test_a_code_that_waited_too_long_is_missed_without_a_call(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    scanned(corp, sandbox)
    with clock.frozen(clock.now() + timedelta(seconds=18)):
        welcomes_send()
    assert outcome() == ("missed", None)
    assert sandbox.requests(api="externalcontact/send_welcome_msg") == []


def test_a_code_older_than_twenty_seconds_is_missed_with_wecoms_code(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    scanned(corp, sandbox)
    sandbox.clock_advance(21)
    welcomes_send()
    assert outcome() == ("missed", 41050)


def test_a_spent_code_is_done_elsewhere(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    customer = scanned(corp, sandbox)
    gateway_for(corp).welcome_send(
        code=sandbox_code(sandbox, customer), content=MessageContent(text="别处")
    )
    welcomes_send()
    assert outcome() == ("elsewhere", 41051)


def test_another_app_sending_now_is_waited_for(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    sandbox.switch(welcome_busy_next=2)
    customer = scanned(corp, sandbox)
    start = clock.now()
    welcomes_send()
    assert outcome() == ("waiting", 41096)
    assert welcomes_waiting()
    for second in (3, 6):
        with clock.frozen(start + timedelta(seconds=second)):
            welcomes_send()
    assert outcome() == ("sent", 0)
    assert len(sandbox.inbox(CORP, customer)) == 1


def test_another_app_that_never_finishes_costs_the_deadline(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    sandbox.switch(welcome_busy_next=99)
    scanned(corp, sandbox)
    start = clock.now()
    for second in range(0, 20, 3):
        with clock.frozen(start + timedelta(seconds=second)):
            welcomes_send()
    assert outcome() == ("missed", 41096)
    sandbox.switch(welcome_busy_next=0)


def test_silence_is_asked_again_and_a_spent_code_then_was_ours(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    sandbox.fault("drop_after", api="externalcontact/send_welcome_msg", times=1)
    customer = scanned(corp, sandbox)
    start = clock.now()
    welcomes_send()
    assert outcome() == ("waiting", 0)
    with clock.frozen(start + timedelta(seconds=5)):
        welcomes_send()
    assert outcome() == ("sent", 41051)
    assert len(sandbox.inbox(CORP, customer)) == 1


def test_ended_welcomes_are_forgotten_after_a_month(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    scanned(corp, sandbox)
    welcomes_send()
    assert welcomes_trim() == 0
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert welcomes_trim() == 1


def test_one_brands_fault_costs_no_other_brand_its_codes(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Tenant.objects.create(slug="broken", name="坏")
    whole = tasks.welcomes_send

    def send() -> int:
        if require_tenant_id() == broken.pk:
            raise RuntimeError("this brand's books are torn")
        return whole()

    monkeypatch.setattr(tasks, "welcomes_send", send)
    Tenant.objects.create(slug="last", name="末")
    scanned(corp, sandbox)
    assert welcome_drain() == 1
    assert outcome() == ("sent", 0)


def test_the_task_stays_until_the_code_is_spent(
    corp: WeComCorp, sandbox: SandboxControl, greeting: None
) -> None:
    sandbox.switch(welcome_busy_next=1)
    scanned(corp, sandbox)
    assert welcome_drain() == 2
    assert outcome() == ("sent", 0)
