"""What WeCom and the wire do wrong, and that nobody gets a message twice or never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from communities.outreach.models import Push, PushBatch
from communities.outreach.services.claims import Claim, batch_sent, batches_claim
from communities.outreach.services.planning import pushes_prepare
from communities.outreach.services.polling import pushes_poll
from communities.outreach.services.sending import call_make, call_open, pushes_drain
from communities.outreach.services.sweeping import pushes_sweep
from scrm.core import clock
from scrm.wecom import store
from scrm.wecom.sandbox.control import SandboxControl
from tests.support.pushes import (
    NOON,
    Brand,
    batch_states,
    corp_name,
    polls_due,
    sends_by_customer,
    states,
)

pytestmark = pytest.mark.db
CREATE = "externalcontact/add_msg_template"
EACH = "{昵称}，春茶上架"


def once_each(sandbox: SandboxControl, shop: Brand) -> bool:
    found = sends_by_customer(sandbox, corp_name(shop.tenant))
    return found == {f"wm{n:05d}": 1 for n in range(shop.customers)}


def until_submitted(push: Push, *, rounds: int = 30) -> int:
    """Drain and sweep until nothing is under way; waiting times pass at once."""
    for done in range(rounds):
        PushBatch.objects.filter(push=push, state="pending").update(not_before=None)
        PushBatch.objects.filter(push=push, state="unknown").update(next_poll_at=None)
        store.store().flushdb()  # closed circuits open again
        pushes_drain(seconds=10)
        pushes_sweep()
        if set(batch_states(push)) == {"sent"}:
            return done
    raise AssertionError(batch_states(push))


def test_an_answer_lost_on_the_way_back_is_found_in_wecoms_list(
    shop: Brand, sandbox: SandboxControl
) -> None:
    sandbox.fault("drop_after", api=CREATE, times=3)
    push = shop.push(text=EACH)
    pushes_drain(seconds=10)
    assert batch_states(push) == {"sent": 7, "unknown": 3}
    assert states(push) == {"submitted": 7, "unknown": 3, "suppressed:no_friend": 2}
    pushes_sweep()
    assert batch_states(push) == {"sent": 10}
    assert once_each(sandbox, shop)
    sandbox.confirm(corp_name(shop.tenant))
    polls_due(push)
    pushes_poll(seconds=10)
    assert states(push) == {"sent": 10, "suppressed:no_friend": 2}


def test_a_call_that_never_arrived_is_sent_again_only_after_two_complete_looks(
    shop: Brand, sandbox: SandboxControl
) -> None:
    sandbox.fault("drop_before", api=CREATE, times=1)
    push = shop.push()
    pushes_drain(seconds=10)
    assert batch_states(push) == {"sent": 1, "unknown": 1}
    pushes_sweep()
    assert batch_states(push) == {"sent": 1, "unknown": 1}
    PushBatch.objects.update(next_poll_at=None)
    pushes_sweep()
    assert batch_states(push) == {"sent": 1, "pending": 1}
    pushes_drain(seconds=10)
    assert batch_states(push) == {"sent": 2}
    assert once_each(sandbox, shop)


def test_a_lookup_that_fails_proves_nothing(shop: Brand, sandbox: SandboxControl) -> None:
    sandbox.fault("drop_before", api=CREATE, times=1)
    sandbox.fault("http", api="externalcontact/get_groupmsg_list_v2", code=502)
    push = shop.push()
    pushes_drain(seconds=10)
    for _ in range(4):
        PushBatch.objects.update(next_poll_at=None)
        pushes_sweep()
    assert batch_states(push) == {"sent": 1, "unknown": 1}


def test_a_broadcast_being_handed_out_proves_nothing_either(
    shop: Brand, sandbox: SandboxControl
) -> None:
    sandbox.fault("drop_after", api=CREATE, times=1)
    sandbox.switch(dispatch_seconds=30)
    push = shop.push()
    pushes_drain(seconds=10)
    for _ in range(3):
        PushBatch.objects.update(next_poll_at=None)
        pushes_sweep()
    assert batch_states(push) == {"sent": 1, "unknown": 1}
    sandbox.clock_advance(31)
    PushBatch.objects.update(next_poll_at=None)
    pushes_sweep()
    assert batch_states(push) == {"sent": 2}
    assert once_each(sandbox, shop)


def test_a_storm_of_limits_and_busy_answers_loses_nobody(
    shop: Brand, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scrm.wecom.client._BACKOFF", (0.0, 0.0, 0.0))
    sandbox.switch(random_seed=7)
    sandbox.fault("errcode", api=CREATE, code=45009, probability=0.3)
    sandbox.fault("errcode", api=CREATE, code=-1, probability=0.5)
    push = shop.push(text=EACH)
    until_submitted(push, rounds=80)
    assert once_each(sandbox, shop)


def test_a_storm_of_lost_answers_and_gateways_doubles_nobody(
    shop: Brand, sandbox: SandboxControl
) -> None:
    sandbox.switch(random_seed=11)
    sandbox.fault("drop_after", api=CREATE, probability=0.3)
    sandbox.fault("drop_before", api=CREATE, probability=0.3)
    sandbox.fault("http", api=CREATE, code=502, probability=0.2)
    push = shop.push(text=EACH)
    until_submitted(push, rounds=60)
    assert once_each(sandbox, shop)


def test_a_limited_call_waits_as_long_as_wecom_asks(shop: Brand, sandbox: SandboxControl) -> None:
    sandbox.fault("errcode", api=CREATE, code=45009, times=1)
    push = shop.push()
    pushes_drain(seconds=5)
    waiting = PushBatch.objects.filter(push=push, state="pending").order_by("id")
    assert [row.not_before is not None for row in waiting] == [True, True]
    assert waiting[0].not_before is not None
    assert waiting[0].not_before >= NOON + timedelta(seconds=30)
    assert states(push)["queued"] == 10


def test_waiting_out_a_long_block_uses_up_no_attempts(shop: Brand, sandbox: SandboxControl) -> None:
    sandbox.fault("errcode", api=CREATE, code=45009)
    push = shop.push(text=EACH)
    for _ in range(60):
        PushBatch.objects.update(not_before=None)
        pushes_drain(seconds=0.2)
    assert batch_states(push) == {"pending": 10}
    assert set(PushBatch.objects.values_list("attempt", flat=True)) == {0}
    # While the circuit is closed WeCom is not even asked.
    assert len(sandbox.requests(api=CREATE)) <= 3
    sandbox.faults_clear()
    until_submitted(push)
    assert once_each(sandbox, shop)


def test_a_definite_no_fails_the_call_with_wecoms_words(
    shop: Brand, sandbox: SandboxControl
) -> None:
    sandbox.fault("errcode", api=CREATE, code=60111)
    push = shop.push()
    pushes_drain(seconds=5)
    push.refresh_from_db()
    assert push.state == "failed"
    assert states(push) == {"failed:error": 10, "suppressed:no_friend": 2}
    assert all("60111" in row.error for row in PushBatch.objects.all())


def test_nobody_to_send_to_is_no_friend(shop: Brand, sandbox: SandboxControl) -> None:
    sandbox.fault("errcode", api=CREATE, code=41048, times=1)
    push = shop.push()
    pushes_drain(seconds=5)
    assert states(push)["failed:no_friend"] == 5


def test_a_call_that_kills_two_workers_is_set_aside(shop: Brand, sandbox: SandboxControl) -> None:
    push = shop.push()
    pushes_prepare()
    for _death in range(2):
        (claim,) = batches_claim(limit=1)
        assert call_open(claim) is not None  # and here the worker dies
        PushBatch.objects.filter(pk=claim.batch_id).update(lease_until=NOON - timedelta(days=9))
        for _look in range(3):
            PushBatch.objects.filter(state="unknown").update(next_poll_at=None)
            pushes_sweep()
    assert batch_states(push) == {"failed": 1, "pending": 1}
    assert states(push)["failed:poison"] == 5


def test_an_answer_that_comes_after_the_lease_still_counts(
    shop: Brand, sandbox: SandboxControl
) -> None:
    push = shop.push()
    pushes_prepare()
    (claim,) = batches_claim(limit=1)
    call = call_open(claim)
    assert call is not None
    PushBatch.objects.filter(pk=claim.batch_id).update(lease_until=NOON - timedelta(days=9))
    for _look in range(2):
        PushBatch.objects.filter(state="unknown").update(next_poll_at=None)
        pushes_sweep()
    assert batch_states(push) == {"pending": 2}
    call_make(call)
    pushes_drain(seconds=5)
    assert once_each(sandbox, shop)


def test_who_lost_the_claim_writes_nothing(shop: Brand, sandbox: SandboxControl) -> None:
    shop.push()
    pushes_prepare()
    (claim,) = batches_claim(limit=1)
    assert call_open(claim) is not None
    stranger = Claim(batch_id=claim.batch_id, token=claim.token.__class__(int=1))
    assert not batch_sent(stranger, msgid="forged")
    assert PushBatch.objects.get(pk=claim.batch_id).state == "sending"


def test_the_clock_of_a_lease_is_the_databases(shop: Brand) -> None:
    shop.push()
    pushes_prepare()
    with clock.frozen(NOON + timedelta(days=400)):
        (claim,) = batches_claim(limit=1)
    found = PushBatch.objects.get(pk=claim.batch_id)
    assert found.lease_until is not None
    assert abs(found.lease_until - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_call_whose_uploads_outlived_its_lease_is_left_to_whoever_has_it_now(
    shop: Brand, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    from communities.outreach.services import sending
    from scrm.wecom.gateway import attachment

    push = shop.push()
    pushes_prepare()
    call = next(found for claim in batches_claim() if (found := call_open(claim)) is not None)

    def slow(**_asked: int) -> tuple[object, ...]:
        PushBatch.objects.filter(pk=call.claim.batch_id).update(
            lease_until=datetime(2020, 1, 1, tzinfo=UTC)
        )
        pushes_sweep()
        return (attachment("link", {"title": "新品", "url": "https://example.test/"}),)

    monkeypatch.setattr(sending, "attachments_ready", slow)
    call_make(call)
    assert PushBatch.objects.get(pk=call.claim.batch_id).state == "unknown"
    assert sends_by_customer(sandbox, corp_name(shop.tenant)) == {}
    monkeypatch.undo()
    PushBatch.objects.filter(push=push, state="claimed").update(
        lease_until=datetime(2020, 1, 1, tzinfo=UTC)
    )
    until_submitted(push)
    assert once_each(sandbox, shop)
