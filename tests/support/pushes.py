"""A brand with WeCom customers, in our tables and in a sandbox, for tests of pushes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from communities.outreach.models import Push, PushBatch, PushRecipient
from communities.outreach.services.drafts import push_create, push_schedule
from members.identity.models import Identity
from members.people.models import Member
from members.segments.models import Segment
from scrm.core import clock
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.wecom.models import ExternalContact, FollowRelation, Staff, WeComCorp
from scrm.wecom.sandbox.control import SandboxControl
from scrm.wecom.sandbox.control_types import (
    AgentSeed,
    CorpSeed,
    CustomerSeed,
    RelationSeed,
    StaffSeed,
)

AGENT = 1000002
SECRET = "sandbox-secret-of-the-app"
JOINED = datetime(2025, 1, 1, tzinfo=UTC)
# 12:00 in Shanghai, a Wednesday: nobody is asleep.
NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Brand:
    """The tenant, its application, and a segment of everybody."""

    tenant: Tenant
    corp: WeComCorp
    segment: Segment
    customers: int

    def push(self, *, text: str = "春茶上架", at: datetime | None = None, **more: object) -> Push:
        """A push that was just scheduled."""
        with tenant_scope(self.tenant):
            made = push_create(
                name="春茶",
                segment=self.segment.public_id,
                text=text,
                **more,  # type: ignore[arg-type]
            )
            return push_schedule(public_id=made.public_id, scheduled_at=at)


def corp_name(tenant: Tenant) -> str:
    return f"ww{tenant.slug}"


def seed_sandbox(
    control: SandboxControl, tenant: Tenant, *, customers: int, staff: int = 2
) -> None:
    """The corp as WeCom knows it: customer n is a friend of member n modulo `staff`."""
    corp_id = corp_name(tenant)
    control.seed(
        CorpSeed(
            corp_id=corp_id,
            name=tenant.name,
            agents=(AgentSeed(agent_id=AGENT, secret=SECRET),),
            staff=tuple(StaffSeed(userid=f"staff{n}", name=f"员工{n}") for n in range(staff)),
            customers=tuple(
                CustomerSeed(external_userid=f"wm{n:05d}", name=f"客户{n}")
                for n in range(customers)
            ),
            relations=tuple(
                RelationSeed(userid=f"staff{n % staff}", external_userid=f"wm{n:05d}")
                for n in range(customers)
            ),
        )
    )


@transaction.atomic
def brand(tenant: Tenant, *, customers: int, staff: int = 2, strangers: int = 0) -> Brand:
    """The same people in our tables, and `strangers` who are nobody's friend."""
    with tenant_scope(tenant):
        corp = WeComCorp.objects.create(
            corp_id=corp_name(tenant),
            name=tenant.name,
            agent_id=AGENT,
            secret=SECRET,
            token="token",
            aes_key="a" * 43,
        )
        people = [
            Staff.objects.create(corp=corp, userid=f"staff{n}", name=f"员工{n}", is_contact=True)
            for n in range(staff)
        ]
        members = Member.objects.bulk_create(
            Member(
                member_no=f"{n:08d}",
                display_name=f"会员{n}",
                registered_at=JOINED + timedelta(minutes=n),
                is_wecom_friend=n < customers,
            )
            for n in range(customers + strangers)
        )
        friends = members[:customers]
        Identity.objects.bulk_create(
            Identity(
                member=member,
                type="external_userid",
                value=f"wm{n:05d}",
                value_hash=hashlib.md5(f"wm{n}".encode()).hexdigest(),
                seen_at=JOINED,
            )
            for n, member in enumerate(friends)
        )
        contacts = ExternalContact.objects.bulk_create(
            ExternalContact(corp=corp, external_userid=f"wm{n:05d}", name=f"客户{n}")
            for n in range(customers)
        )
        FollowRelation.objects.bulk_create(
            FollowRelation(
                corp=corp,
                contact=contact,
                staff=people[n % staff],
                state="active",
                added_at=JOINED,
                event_at=JOINED,
            )
            for n, contact in enumerate(contacts)
        )
        segment = Segment.objects.create(name="所有人", rule=EVERYBODY)
        return Brand(tenant=tenant, corp=corp, segment=segment, customers=customers)


EVERYBODY: dict[str, object] = {"all": []}


def states(push: Push) -> dict[str, int]:
    """Recipients by state, `state:reason` where there is a reason."""
    found: dict[str, int] = {}
    rows = PushRecipient.objects.filter(push=push).values_list("state", "reason")
    for state, reason in rows:
        key = f"{state}:{reason}" if reason else str(state)
        found[key] = found.get(key, 0) + 1
    return found


def batch_states(push: Push) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in PushBatch.objects.filter(push=push).values_list("state", flat=True):
        found[str(state)] = found.get(str(state), 0) + 1
    return found


def polls_due(push: Push) -> None:
    """Make every open question due now."""
    PushBatch.objects.filter(push=push).exclude(next_poll_at=None).update(next_poll_at=clock.now())


def sends_by_customer(control: SandboxControl, corp_id: str, *, text: str = "") -> dict[str, int]:
    """How often each customer was handed over, from the sandbox's own log."""
    found: dict[str, int] = {}
    for send in control.sends(corp_id, kind="broadcast"):
        if text in ("", send.text):
            for customer in _accepted(send.recipients, send.fail_list):
                found[customer] = found.get(customer, 0) + 1
    return found


def _accepted(recipients: Sequence[str], failed: Sequence[str]) -> list[str]:
    return [customer for customer in recipients if customer not in failed]
