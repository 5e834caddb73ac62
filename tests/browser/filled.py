"""A brand with `size` rows of everything the console shows: what the page audits walk through."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.test import Client

from communities.acquisition.models import ContactCode, ContactCodeScan
from communities.outreach.models import Push, PushBatch, PushMedia, PushRecipient
from members.identity.rules import Claim
from members.orders.facts import LineFacts, OrderFacts, RefundFacts
from members.orders.models import Order
from members.orders.services import orders_apply
from members.people.models import Member
from members.people.rules import Profile
from members.segments.services import segment_create
from members.segments.snapshots import snapshots_take
from members.tags.services import member_tag_add
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.events.jobs.nightly import nightly_run_all
from scrm.events.jobs.services import job_start
from scrm.events.models import Job, JobRun, Notice, OutboxEvent
from scrm.events.notices import notify
from scrm.events.relay import relay_tenant
from scrm.files.connectors import run_record
from scrm.files.exports import export_start
from scrm.files.imports import import_upload
from scrm.files.models import StoredFile
from scrm.tenants.acknowledgements import acknowledge
from scrm.tenants.channels import channel_create
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create, tenant_settings_update
from scrm.wecom.models import (
    CallbackEvent,
    ExternalContact,
    FollowRelation,
    Staff,
    SyncState,
    WeComCorp,
)
from tests.browser.filled_identity import identity_fill
from tests.browser.filled_keys import keys_fill
from tests.browser.filled_pools import pools_fill
from tests.browser.filled_privacy import privacy_fill
from tests.browser.filled_profile import profile_fill
from tests.browser.filled_programme import programme_fill
from tests.browser.filled_tags import tags_fill
from tests.browser.filled_team import team_fill
from tests.browser.filled_tiers import tiers_fill
from tests.browser.filled_webhooks import webhooks_fill

BACKEND = "django.contrib.auth.backends.ModelBackend"
_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
_LONG = "春茶预售开始了，前一百位下单送品鉴装，快来看看有没有你喜欢的那一款"
# Pushes by number: each state is there from four rows on, the first is the one with many recipients.
_STATES = ("sending", "draft", "scheduled", "done", "failed", "cancelled")
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@dataclass(kw_only=True)
class Filled:
    """The brand, who looks at it, and the ids that addresses need."""

    tenant: Tenant
    operator: Operator
    size: int
    ids: dict[str, str] = field(default_factory=dict)

    def client(self) -> Client:
        browser = Client()
        browser.force_login(self.operator, backend=BACKEND)
        return browser

    def cookies(self) -> dict[str, str]:
        name = settings.SESSION_COOKIE_NAME
        return {name: self.client().cookies[name].value}


def fill(slug: str, *, size: int) -> Filled:
    """Make the brand; the first member has `size` orders, tags and pushes."""
    tenant = tenant_create(slug=slug, name="木棉家纺", timezone="Asia/Shanghai")
    operator = Operator.objects.create_user(email=f"{slug}@example.com", password=None, name="林晓")
    membership_grant(operator=operator, tenant=tenant, roles=["tenant_admin"])
    made = Filled(tenant=tenant, operator=operator, size=size)
    with tenant_scope(tenant):
        with transaction.atomic():
            corp = _corp(made)
            tiers_fill()
            _people(made, corp)
            _pushes(made, corp)
            _codes(made, corp)
            made.ids |= privacy_fill(size)
            _jobs(made)
            _files(made)
            _choices(made)
            made.ids |= identity_fill(size)
            made.ids |= tags_fill(size)
            made.ids |= profile_fill(size)
            made.ids |= pools_fill(size)
            made.ids |= programme_fill(size)
            made.ids |= webhooks_fill(size)
            made.ids |= keys_fill(size)
            made.ids |= team_fill(made.tenant, size)
        relay_tenant(seconds=60)
        runs = nightly_run_all()
        assert {run.state for run in runs} == {"done"}, [(run.job, run.error) for run in runs]
    return made


def _corp(made: Filled) -> WeComCorp:
    now = clock.now()
    corp = WeComCorp.objects.create(
        corp_id=f"ww{made.tenant.slug}",
        name="木棉家纺",
        agent_id=1000002,
        secret="s",
        token="t",
        aes_key=_KEY,
    )
    SyncState.objects.create(
        corp=corp, staff_count=made.size, contact_count=made.size, finished_at=now
    )
    callbacks = CallbackEvent.objects.bulk_create(
        CallbackEvent(
            corp=corp,
            dedup=hashlib.sha256(f"{n}".encode()).digest(),
            raw=f"<xml><UserID><![CDATA[staff{n}]]></UserID></xml>",
            type="change_external_contact",
            change="add_external_contact",
            received_at=now - timedelta(minutes=n),
            state=("done", "failed", "waiting")[n % 3],
            error=("", "RuntimeError: 超时", "")[n % 3],
        )
        for n in range(made.size)
    )
    made.ids |= {"corp_id": corp.public_id, "callback_id": callbacks[1].public_id}
    return corp


def _facts(made: Filled) -> Iterator[OrderFacts]:
    """One order a member, and `size` more of the first; one in five with a refund."""
    now = clock.now()
    numbers = [*range(made.size), *[0] * made.size]
    for n, person in enumerate(numbers):
        at = now - timedelta(days=1 + (n * 7) % 300, hours=n % 5)
        yield OrderFacts(
            channel=("tmall", "mini_program", "douyin")[n % 3],
            external_id=f"{made.tenant.slug}-{n:06d}",
            claims=(
                Claim("phone", f"138{person:08d}"),
                Claim("external_userid", f"wm{person:05d}", f"ww{made.tenant.slug}"),
            ),
            profile=Profile(display_name=f"会员{person}", gender="female", city="上海"),
            placed_at=at,
            paid_at=at,
            completed_at=at + timedelta(hours=5) if n % 2 else None,
            lines=(
                LineFacts(
                    external_id="1", subtotal_fen=9_900 + 777 * n, name="四件套 纯棉", sku="SKU-1"
                ),
            ),
            refunds=(
                RefundFacts(
                    external_id=f"r{n}", occurred_at=at + timedelta(hours=9), amounts={"1": 900}
                ),
            )
            if n % 5 == 0
            else (),
        )


def _people(made: Filled, corp: WeComCorp) -> None:
    outcomes = orders_apply(list(_facts(made)))
    assert not [outcome.error for outcome in outcomes if outcome.error]
    members = list(Member.objects.order_by("id"))
    staff = Staff.objects.bulk_create(
        Staff(corp=corp, userid=f"staff{n}", name=f"员工{n}", is_contact=True)
        for n in range(made.size)
    )
    contacts = ExternalContact.objects.bulk_create(
        ExternalContact(corp=corp, external_userid=f"wm{n:05d}", name=f"客户{n}")
        for n in range(made.size)
    )
    at = clock.now() - timedelta(days=90)
    FollowRelation.objects.bulk_create(
        FollowRelation(
            corp=corp, contact=contact, staff=staff[n], state="active", added_at=at, event_at=at
        )
        for n, contact in enumerate(contacts)
    )
    # The first customer is followed by everybody.
    FollowRelation.objects.bulk_create(
        FollowRelation(
            corp=corp, contact=contacts[0], staff=one, state="active", added_at=at, event_at=at
        )
        for one in staff[1:]
    )
    Member.objects.update(is_wecom_friend=True)
    names = [f"标签{n}" for n in range(made.size)]
    member_tag_add([members[0].pk], names, "operator")
    member_tag_add([member.pk for member in members], names[:2], "operator")
    segments = [
        segment_create(
            name=f"人群{n}", rule={"all": [{"field": "orders.count", "op": "gte", "value": 1}]}
        )
        for n in range(made.size)
    ]
    day = clock.now().date()
    for back in (7, 0):
        snapshots_take(day - timedelta(days=back))
    made.ids |= {
        "member_id": members[0].public_id,
        "segment_id": segments[0].public_id,
        "order_id": Order.objects.order_by("pk")[0].public_id,
    }


def _pushes(made: Filled, corp: WeComCorp) -> None:
    now = clock.now()
    members = list(Member.objects.order_by("id"))
    segment = segment_create(name="所有人", rule={"all": []})
    media = PushMedia.objects.create(name="封面.png", content_type="image/png", data=_PIXEL)
    pushes = Push.objects.bulk_create(
        Push(
            name=f"春茶上架 {n}",
            segment=segment,
            corp=corp,
            text=f"{{昵称}}，{_LONG}",
            attachments=[{"msgtype": "image", "image": {"media_id": media.public_id}}]
            if n % 2
            else [],
            state=_STATES[n % len(_STATES)],
            scheduled_at=now + timedelta(hours=3),
            planned_at=now if n % len(_STATES) == 0 else None,
            created_by="林晓",
        )
        for n in range(max(made.size, 3))
    )
    running = pushes[0]
    batches = PushBatch.objects.bulk_create(
        PushBatch(
            push=running,
            corp=corp,
            sender=f"staff{n}",
            size=1,
            scheduled_at=now,
            state="sent",
            msgid=f"msg{n}",
            sent_at=now,
            confirmed_at=now if n % 2 else None,
        )
        for n in range(made.size)
    )
    PushRecipient.objects.bulk_create(
        PushRecipient(
            push=running,
            member=member,
            batch=batches[n],
            sender=f"staff{n}",
            external_userid=f"wm{n:05d}",
            state=("sent", "failed", "submitted")[n % 3],
            reason=("", "platform_cap", "")[n % 3],
            sent_at=now if n % 3 == 0 else None,
        )
        for n, member in enumerate(members)
    )
    PushRecipient.objects.bulk_create(
        PushRecipient(push=push, member=members[0], state="suppressed", reason="frequency_cap")
        for push in pushes[1:]
    )
    made.ids |= {
        "push_id": running.public_id,
        "push_draft": pushes[1].public_id,
        "push_scheduled": pushes[2].public_id,
        "push_segment": segment.public_id,
        "media_id": media.public_id,
    }


def _codes(made: Filled, corp: WeComCorp) -> None:
    now = clock.now()
    codes = ContactCode.objects.bulk_create(
        ContactCode(
            corp=corp,
            name=f"门店海报{n}",
            state_param=f"cc_{n}",
            staff=[f"staff{m}" for m in range(made.size)],
            tags=["门店新客"],
            welcome_text="{昵称}，你好，欢迎来到我们的会员群",
            state=("active", "waiting", "refused", "archived")[n % 4],
            qr_url=f"http://127.0.0.1/q/{n}" if n % 4 == 0 else "",
            error="41054: 该用户尚未激活" if n % 4 == 2 else "",
        )
        for n in range(made.size)
    )
    ContactCodeScan.objects.bulk_create(
        ContactCodeScan(code=codes[0], external_userid=f"wm{n:05d}", userid="staff0", added_at=now)
        for n in range(made.size)
    )
    made.ids["code_id"] = codes[0].public_id


def _jobs(made: Filled) -> None:
    jobs = [
        job_start("import.orders", params={"file": "订单.csv"}, total=100, label="订单.csv")
        for _ in range(made.size)
    ]
    now = clock.now()
    for job, state in zip(jobs, _states(made.size), strict=True):
        Job.objects.filter(pk=job.pk).update(
            state=state, done=40, failed=2, started_at=now, started_by="林晓"
        )
    made.ids["job_id"] = jobs[1].public_id


def _choices(made: Filled) -> None:
    """Saved settings, channels of the brand's own, a warning taken on, nights and facts that failed."""
    for n in range(made.size):
        value = {"push.per_day": 1 + n % 3, "push.quiet": f"2{n % 3}:00-08:00"}
        tenant_settings_update(tenant_id=made.tenant.pk, values=value)
    channels = [
        channel_create(code=f"fair_{n}", name=f"展会{n}", kind="own") for n in range(made.size)
    ]
    acknowledge("induced_sharing", 1)
    now = clock.now()
    for n in range(made.size):
        JobRun.objects.create(
            job=f"tests_{n}",
            local_date=now.date(),
            state="failed",
            started_at=now,
            attempts=5,
            error="磁盘已满",
        )
        OutboxEvent.objects.create(
            type="order.paid",
            occurred_at=now,
            parked_at=now,
            attempts=12,
            error="RuntimeError: 超时",
        )
    notify("job.done", title="任务完成", permission="members.view")
    made.ids |= {
        "channel_id": channels[0].public_id,
        "notice_id": Notice.objects.order_by("-pk")[0].public_id,
        "caution_key": "dist.second_level",
        "setting_version": "1",
        # Of acts; asking for one to read changes nothing.
        "event_id": "00000000-0000-0000-0000-000000000000",
        "undo_id": "undo_unknown",
        "view_id": "view_unknown",
        "flag": "tags.segments",
        "state": "off",
        "job": "tests_0",
        "day": now.date().isoformat(),
    }


def _files(made: Filled) -> None:
    """A table that waits for its mapping, files that went out, runs of a connector."""
    header = ["order_id", "phone", "paid_at", "subtotal", "remark"]
    rows = [[f"T{n}", f"138{n:08d}", "2026-01-15", "10.00", "x"] for n in range(made.size)]
    may = {"may": lambda _permission: True}
    uploaded = import_upload("orders", rows=[header, *rows], name="订单.csv", **may)
    made.ids["import_id"] = uploaded.public_id
    for number in range(made.size):
        run_record(
            connector="rest", kind="orders", accepted=number, reasons={"order_refused": number % 3}
        )
        file = export_start("members", query="gender=male", **may)
        StoredFile.objects.filter(pk=file.pk).update(
            ready_at=clock.now(), rows=number, size=number * 70
        )
        made.ids["file_id"] = file.public_id


def _states(count: int) -> list[str]:
    return [("running", "done", "failed")[n % 3] for n in range(count)]
