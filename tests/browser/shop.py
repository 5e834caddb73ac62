"""A small record shop for the journeys: sixty customers with orders, two in three friends of its staff."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from django.db import transaction

from members.orders.importing import order_import_start
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.core.money import yuan_text
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create
from scrm.wecom.binding.services import corp_bind
from scrm.wecom.models import WeComCorp
from scrm.wecom.sandbox.control import SandboxControl
from scrm.wecom.sandbox.control_types import (
    AgentSeed,
    CorpSeed,
    CustomerSeed,
    RelationSeed,
    StaffSeed,
)

PASSWORD = "long-enough-for-a-journey-1"
ZONE = "Asia/Shanghai"
CUSTOMERS, FRIENDS, REGULARS = 60, 40, 18
STAFF = ("林晓", "周毅", "许静")
# Friends are numbered from here, so that three of the regulars are no friends.
FIRST_FRIEND = 3
CORP, AGENT, SECRET = "wwjourney", 1000002, "secret-of-the-journey"
_TOKEN, _KEY = "journeyToken01", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
_HEADER = (
    "external_id", "unionid", "phone", "name", "placed_at", "paid_at", "completed_at", "sku", "product", "subtotal",
    "refund_id", "refunded_at", "refund",
)  # fmt: skip


@dataclass(kw_only=True)
class Shop:
    """The brand, its corp, and what its file of orders said."""

    tenant: Tenant
    operator: Operator
    corp: WeComCorp
    lines: list[str] = field(repr=False)


def external_userid(number: int) -> str:
    return f"wm{number:05d}"


def friends() -> range:
    return range(FIRST_FRIEND, FIRST_FRIEND + FRIENDS)


def staff_of(number: int) -> str:
    return f"staff{number % len(STAFF)}"


def seed_wecom(control: SandboxControl) -> None:
    """The corp as WeCom knows it."""
    added = int((clock.now() - timedelta(days=60)).timestamp())
    control.seed(
        CorpSeed(
            corp_id=CORP,
            name="听屿唱片",
            agents=(AgentSeed(agent_id=AGENT, secret=SECRET),),
            staff=tuple(StaffSeed(userid=f"staff{n}", name=name) for n, name in enumerate(STAFF)),
            customers=tuple(
                CustomerSeed(
                    external_userid=external_userid(n), name=f"乐迷{n}", unionid=f"union{n}"
                )
                for n in friends()
            ),
            relations=tuple(
                RelationSeed(
                    userid=staff_of(n), external_userid=external_userid(n), createtime=added + n
                )
                for n in friends()
            ),
            # The strictest rule, so that one earlier message is a customer's whole quota.
            quota_rule="daily",
        )
    )


def shop_make(control: SandboxControl, *, public_url: str) -> Shop:
    """The brand with its operator, the binding, and the import of its orders waiting for a worker."""
    tenant = tenant_create(slug="tingyu", name="听屿唱片", timezone=ZONE)
    tenant.settings = {"push.quiet": ""}  # the journey may run at night
    tenant.save()
    operator = Operator.objects.create_user(email="lin@example.com", password=PASSWORD, name="林晓")
    membership_grant(operator=operator, tenant=tenant, roles=["tenant_admin"])
    lines = list(order_lines())
    with tenant_scope(tenant):
        corp = corp_bind(
            corp_id=CORP,
            name=tenant.name,
            agent_id=AGENT,
            secret=SECRET,
            token=_TOKEN,
            aes_key=_KEY,
        )
        control.set_callback(
            CORP,
            AGENT,
            url=f"{public_url}/wecom/{tenant.slug}/{corp.public_id}/callback",
            token=_TOKEN,
            aes_key=_KEY,
        )
        with transaction.atomic():
            order_import_start(lines=lines, channel="mini_program", label="orders.csv")
    return Shop(tenant=tenant, operator=operator, corp=corp, lines=lines)


def order_lines() -> Iterator[str]:
    """A year of orders. The first eighteen customers bought alike, so they share one cell of the matrix."""
    yield _line(*_HEADER)
    today = clock.local_date(clock.now(), ZONE)
    number = 0
    for customer in range(CUSTOMERS):
        regular = customer < REGULARS
        visits = (4, 34, 64, 94) if regular else [customer, *range(70, 70 + customer * 3, 60)]
        for visit, days in enumerate(visits):
            number += 1
            noon = datetime.combine(today - timedelta(days=days), time(4), tzinfo=UTC)
            amount = 12_800 if regular else 4_900 + 1_300 * customer + 700 * visit
            refunded = number % 9 == 0
            yield _line(
                f"T{number:05d}", f"union{customer}" if customer in friends() else "", f"1390000{customer:04d}",
                f"乐迷{customer}", noon.isoformat(), (noon + timedelta(minutes=3)).isoformat(),
                (noon + timedelta(days=2)).isoformat(), "LP-1", "民谣唱片", yuan_text(amount),
                f"R{number:05d}" if refunded else "", (noon + timedelta(days=3)).isoformat() if refunded else "",
                yuan_text(1_000) if refunded else "",
            )  # fmt: skip


def _line(*cells: str) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
