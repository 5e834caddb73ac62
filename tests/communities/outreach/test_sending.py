"""A push from schedule to result, against the sandbox."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communities.outreach.models import Push, PushBatch, PushRecipient
from communities.outreach.services.claims import batches_claim
from communities.outreach.services.control import RemindLimit, push_remind, push_stop
from communities.outreach.services.drafts import push_cancel
from communities.outreach.services.polling import pushes_poll
from communities.outreach.services.sending import call_open, pushes_drain, tenant_drain
from communities.outreach.services.sweeping import leases_expire, pushes_sweep
from members.people.models import Member
from members.segments.models import Segment
from scrm.core import clock
from scrm.core.errors import InvalidTransition
from scrm.events.models import OutboxEvent
from scrm.tenants.services import tenant_settings_update
from scrm.wecom.models import FollowRelation
from scrm.wecom.sandbox.control import SandboxControl
from tests.communities.outreach.conftest import make_brand
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


def drained(push: Push) -> Push:
    pushes_drain(seconds=10)
    push.refresh_from_db()
    return push


def polled(push: Push) -> Push:
    polls_due(push)
    pushes_poll(seconds=10)
    push.refresh_from_db()
    return push


def test_a_push_goes_from_schedule_to_done(shop: Brand, sandbox: SandboxControl) -> None:
    push = drained(shop.push())
    assert push.state == "awaiting_staff"
    assert states(push) == {"submitted": 10, "suppressed:no_friend": 2}
    assert batch_states(push) == {"sent": 2}
    assert sends_by_customer(sandbox, corp_name(shop.tenant)) == {
        f"wm{n:05d}": 1 for n in range(10)
    }
    polled(push)
    assert push.state == "awaiting_staff"
    sandbox.confirm(corp_name(shop.tenant), userid="staff0")
    assert polled(push).state == "sending"
    assert states(push) == {"sent": 5, "submitted": 5, "suppressed:no_friend": 2}
    sandbox.confirm(corp_name(shop.tenant), userid="staff1")
    assert polled(push).state == "done"
    assert push.tally == {
        "total": 12,
        "queued": 0,
        "suppressed": 2,
        "submitted": 0,
        "unknown": 0,
        "sent": 10,
        "failed": 0,
        "reasons": {"no_friend": 2},
    }
    fact = OutboxEvent.objects.get(type="push.completed")
    assert fact.payload["sent"] == 10
    assert fact.subject == push.public_id


def test_personal_words_reach_each_customer_in_a_call_of_their_own(
    shop: Brand, sandbox: SandboxControl
) -> None:
    push = drained(shop.push(text="亲爱的{昵称}，春茶到了"))
    assert batch_states(push) == {"sent": 10}
    texts = {send.recipients: send.text for send in sandbox.sends(corp_name(shop.tenant))}
    assert texts["wm00003",] == "亲爱的客户3，春茶到了"


def test_calls_hold_at_most_the_brands_batch_size(shop: Brand, sandbox: SandboxControl) -> None:
    tenant_settings_update(tenant_id=shop.tenant.pk, values={"push.batch_size": 2})
    shop.tenant.refresh_from_db()
    push = drained(shop.push())
    assert batch_states(push) == {"sent": 6}
    sizes = [len(send.recipients) for send in sandbox.sends(corp_name(shop.tenant))]
    assert sorted(sizes) == [1, 1, 2, 2, 2, 2]


def test_ec_83_a_customer_who_deleted_staff_fails_or_is_left_out(
    shop: Brand, sandbox: SandboxControl
) -> None:
    corp = corp_name(shop.tenant)
    # WeCom knows, we do not yet: the result says so.
    sandbox.customer_delete(corp, external_userid="wm00000", userid="staff0")
    # We know: the call leaves without them.
    relation = FollowRelation.objects.get(contact__external_userid="wm00001")
    relation.state = "deleted"
    relation.save()
    push = drained(shop.push())
    sandbox.confirm(corp)
    assert polled(push).state == "done"
    assert states(push) == {
        "sent": 8,
        "failed:no_friend": 1,
        "suppressed:no_friend": 3,
    }


def test_ec_84_the_cap_is_tested_when_it_is_sent_and_the_earliest_goes_first(
    shop: Brand, sandbox: SandboxControl
) -> None:
    later = shop.push(text="第二", at=NOON + timedelta(minutes=2))
    first = shop.push(text="第一", at=NOON + timedelta(minutes=1))
    with clock.frozen(NOON + timedelta(minutes=3)):
        drained(first)
        later.refresh_from_db()
        assert states(first) == {"submitted": 10, "suppressed:no_friend": 2}
        assert states(later) == {"suppressed:frequency_cap": 10, "suppressed:no_friend": 2}
        assert later.state == "done"


def test_the_earlier_push_keeps_its_place_even_when_the_later_is_opened_first(
    shop: Brand, sandbox: SandboxControl
) -> None:
    first = shop.push(text="第一", at=NOON + timedelta(minutes=1))
    later = shop.push(text="第二", at=NOON + timedelta(minutes=2))
    with clock.frozen(NOON + timedelta(minutes=3)):
        PushBatch.objects.all().delete()
        from communities.outreach.services.planning import pushes_prepare

        pushes_prepare()
        claims = batches_claim(limit=99)
        by_push = dict(PushBatch.objects.values_list("pk", "push_id"))
        for claim in sorted(claims, key=lambda claim: -by_push[claim.batch_id]):
            call_open(claim)
        assert states(later)["suppressed:frequency_cap"] == 10
        assert "suppressed:frequency_cap" not in states(first)


def test_service_messages_pass_the_cap_of_marketing(shop: Brand, sandbox: SandboxControl) -> None:
    drained(shop.push())
    push = drained(shop.push(text="物流通知", purpose="service"))
    assert states(push) == {"submitted": 10, "suppressed:no_friend": 2}


def test_wecoms_own_cap_counts_the_days_of_the_month(shop: Brand, sandbox: SandboxControl) -> None:
    values = {"push.per_day": 99, "push.per_week": 99, "push.platform_rule": "daily"}
    tenant_settings_update(tenant_id=shop.tenant.pk, values=values)
    shop.tenant.refresh_from_db()
    drained(shop.push())
    push = drained(shop.push(text="第二"))
    assert states(push) == {"suppressed:platform_cap": 10, "suppressed:no_friend": 2}
    with clock.frozen(NOON + timedelta(days=1)):
        tomorrow = drained(shop.push(text="第三"))
        assert states(tomorrow)["submitted"] == 10


def test_wecom_reports_customers_over_its_cap(shop: Brand, sandbox: SandboxControl) -> None:
    corp = corp_name(shop.tenant)
    sandbox.corp_update(corp, quota_rule="daily")
    tenant_settings_update(tenant_id=shop.tenant.pk, values={"push.per_day": 9})
    shop.tenant.refresh_from_db()
    first = drained(shop.push())
    second = drained(shop.push(text="第二"))
    sandbox.confirm(corp)
    polled(first)
    assert polled(second).state == "done"
    assert states(second) == {"failed:platform_cap": 10, "suppressed:no_friend": 2}
    # Who did not get it keeps no place.
    assert not PushRecipient.objects.filter(push=second, counted_on__isnull=False).exists()


def test_quiet_hours_put_marketing_off_to_eight(shop: Brand, sandbox: SandboxControl) -> None:
    night = NOON + timedelta(hours=11)  # 23:00
    with clock.frozen(night):
        push = drained(shop.push())
        service = drained(shop.push(text="验证码", purpose="service"))
        assert push.state == "scheduled"
        assert push.deferred_until == NOON + timedelta(hours=20)
        assert states(push) == {"queued:quiet_deferred": 12}
        assert states(service)["submitted"] == 10
    with clock.frozen(NOON + timedelta(hours=19, minutes=59)):
        assert drained(push).state == "scheduled"
    with clock.frozen(NOON + timedelta(hours=20)):
        assert drained(push).state == "awaiting_staff"


def test_quiet_hours_that_begin_in_the_middle_hold_the_rest(
    shop: Brand, sandbox: SandboxControl
) -> None:
    push = shop.push()
    from communities.outreach.services.planning import pushes_prepare

    pushes_prepare()
    with clock.frozen(NOON + timedelta(hours=10)):
        drained(push)
        assert states(push) == {"queued:quiet_deferred": 10, "suppressed:no_friend": 2}
        assert batch_states(push) == {"pending": 2}
    with clock.frozen(NOON + timedelta(hours=20)):
        drained(push)
        assert states(push) == {"submitted": 10, "suppressed:no_friend": 2}


def test_opted_out_members_get_no_marketing(shop: Brand, sandbox: SandboxControl) -> None:
    Member.objects.filter(member_no="00000004").update(is_opted_out=True)
    push = drained(shop.push())
    assert states(push) == {
        "submitted": 9,
        "suppressed:opt_out": 1,
        "suppressed:no_friend": 2,
    }


def test_a_customer_of_three_staff_is_addressed_once_by_the_oldest_friend(
    shop: Brand, sandbox: SandboxControl
) -> None:
    relation = FollowRelation.objects.get(contact__external_userid="wm00000")
    other = FollowRelation.objects.filter(contact__external_userid="wm00001").get()
    FollowRelation.objects.create(
        corp=shop.corp,
        contact=relation.contact,
        staff=other.staff,
        state="active",
        added_at=relation.added_at - timedelta(days=9),
        event_at=relation.event_at,
    )
    push = drained(shop.push())
    row = PushRecipient.objects.get(push=push, external_userid="wm00000")
    assert row.sender == other.staff.userid
    assert PushRecipient.objects.filter(push=push, member_id=row.member_id).count() == 1


def test_stopping_takes_back_what_staff_have_not_sent(shop: Brand, sandbox: SandboxControl) -> None:
    corp = corp_name(shop.tenant)
    push = drained(shop.push())
    sandbox.confirm(corp, userid="staff0")
    polled(push)
    push_stop(public_id=push.public_id)
    assert polled(push).state == "done"
    assert states(push) == {"sent": 5, "failed:stopped": 5, "suppressed:no_friend": 2}
    assert {task.cancelled for task in sandbox.tasks(corp, userid="staff1")} == {True}


def test_stopping_before_anything_left_sends_nothing(shop: Brand, sandbox: SandboxControl) -> None:
    push = shop.push()
    from communities.outreach.services.planning import pushes_prepare

    pushes_prepare()
    push_stop(public_id=push.public_id)
    drained(push)
    assert push.state == "done"
    assert states(push) == {"suppressed:stopped": 10, "suppressed:no_friend": 2}
    assert not sandbox.sends(corp_name(shop.tenant))


def test_a_scheduled_push_may_be_cancelled_and_a_running_one_not(shop: Brand) -> None:
    waiting = shop.push(at=NOON + timedelta(days=1))
    assert push_cancel(public_id=waiting.public_id).state == "cancelled"
    running = drained(shop.push())
    with pytest.raises(InvalidTransition):
        push_cancel(public_id=running.public_id)


def test_ec_89_what_staff_never_confirm_expires(shop: Brand, sandbox: SandboxControl) -> None:
    push = drained(shop.push())
    with clock.frozen(NOON + timedelta(days=3, seconds=1)):
        pushes_sweep()
        assert polled(push).state == "expired"
    assert states(push) == {"failed:unconfirmed": 10, "suppressed:no_friend": 2}
    assert OutboxEvent.objects.get(type="push.completed").payload["state"] == "expired"


def test_staff_are_reminded_three_times_a_day(shop: Brand, sandbox: SandboxControl) -> None:
    corp = corp_name(shop.tenant)
    push = drained(shop.push())
    for _ in range(3):
        assert push_remind(public_id=push.public_id, sender="staff1") == 1
        polled(push)
    with pytest.raises(RemindLimit):
        push_remind(public_id=push.public_id, sender="staff1")
    assert [task.reminded for task in sandbox.tasks(corp, userid="staff1")] == [3]
    with clock.frozen(NOON + timedelta(hours=25)):
        assert push_remind(public_id=push.public_id, sender="staff1") == 1


def test_a_dead_workers_claim_is_free_again(shop: Brand, sandbox: SandboxControl) -> None:
    push = shop.push()
    from communities.outreach.services.planning import pushes_prepare

    pushes_prepare()
    claims = batches_claim()
    assert len(claims) == 2
    assert batches_claim() == []
    PushBatch.objects.update(lease_until=NOON - timedelta(days=9))
    assert leases_expire() == 2
    # The old token opens nothing any more.
    fresh = batches_claim()
    assert call_open(claims[0]) is None
    assert call_open(fresh[0]) is not None
    assert push.pk


def test_a_small_brand_does_not_wait_behind_a_large_one(
    shop: Brand, sandbox: SandboxControl
) -> None:
    tenant_settings_update(tenant_id=shop.tenant.pk, values={"push.batch_size": 1})
    shop.tenant.refresh_from_db()
    with make_brand(sandbox)(customers=60) as large:
        tenant_settings_update(tenant_id=large.tenant.pk, values={"push.batch_size": 1})
        large.tenant.refresh_from_db()
        large.push(text="大")
    shop.push(text="小")
    pushes_drain(seconds=20)
    texts = [send.text for send in sandbox.sends()]
    assert len(texts) == 70
    last_small = max(place for place, text in enumerate(texts) if text == "小")
    assert last_small < 2 * 8 + 10


def test_a_slow_corp_gives_way_after_its_turn(
    shop: Brand, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("communities.outreach.services.sending.TURN_SECONDS", 0.0)
    push = shop.push(text="{昵称}")
    tenant_drain()
    assert batch_states(push)["pending"] == 10
    assert not PushBatch.objects.filter(push=push, state="claimed").exists()


def test_a_push_that_cannot_be_prepared_holds_up_nobody(
    shop: Brand, sandbox: SandboxControl
) -> None:
    broken = shop.push(text="坏")
    rule = {"all": [{"field": "gone.field", "op": "eq", "value": 1}]}
    other = Segment.objects.create(name="坏", rule=rule)
    Push.objects.filter(pk=broken.pk).update(segment=other, rule=rule)
    push = drained(shop.push(text="好"))
    broken.refresh_from_db()
    assert push.state == "awaiting_staff"
    assert broken.state == "scheduled"
    assert push_cancel(public_id=broken.public_id).state == "cancelled"


def test_one_brands_fault_leaves_the_others_their_turns(
    shop: Brand, sandbox: SandboxControl
) -> None:
    from scrm.tenants.context import require_tenant_id
    from scrm.tenants.turns import turns_take

    with make_brand(sandbox)(customers=1) as second:
        pass
    served = []

    def serve() -> int:
        served.append(require_tenant_id())
        if require_tenant_id() == shop.tenant.pk:
            raise RuntimeError("this brand's books are torn")
        return 0

    turns_take("test", serve, reason="a test", seconds=5)
    assert {shop.tenant.pk, second.tenant.pk} <= set(served)
