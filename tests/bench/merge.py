"""A merge of two members with ten thousand orders and lots each, while others read and write both of them.

Needs ``DATABASE_URL`` of a migrated database. Targets: under two seconds from the call to the answer, split
too, and no reader or writer waits longer than a hundred milliseconds more than they do with nothing going on.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

ORDERS = 10_000
_FILL = """
    INSERT INTO members_order (tenant_id, public_id, channel, external_id, member_id, placed_at, paid_at,
        shipping_fen, paid_fen, refunded_fen, net_fen, paid_date, is_valid, occurred_at, created_at, updated_at)
    SELECT %(tenant)s, 'ord_' || %(mark)s || n, 'bench', %(mark)s || n, %(member)s, at, at, 0, 1000, 0, 1000,
           at::date, true, at, at, at
      FROM (SELECT n, now() - make_interval(hours => n) AS at FROM generate_series(1, %(orders)s) n) x
"""
# One lot of ten points for each order, all of them spendable.
_LOTS = """
    INSERT INTO points_lot (tenant_id, member_id, door, source_type, source_id, order_id, issued_at, available_at,
        expires_at, qty, remaining, held, state, facts, flows, version, created_at, updated_at)
    SELECT tenant_id, member_id, 'grant', 'bench', external_id, id, placed_at, placed_at, now() + interval '1 year',
           %(points)s, %(points)s, 0, 'available', '{"cuts": []}', jsonb_build_object('grant', %(points)s::int), 1,
           placed_at, placed_at
      FROM members_order WHERE tenant_id = %(tenant)s AND member_id = %(member)s
"""
POINTS = 10


def run(*, orders: int = ORDERS) -> dict[str, Any]:
    """Merge and split once, print the seconds and the longest waits."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.demo")
    django.setup()
    from members.identity.merging import member_merge, member_split
    from members.orders.models import Order
    from points.lots.audit import points_audit
    from scrm.tenants.context import tenant_scope
    from scrm.tenants.services import tenant_create

    tenant = tenant_create(slug=f"bench-{uuid4().hex[:12]}", name="bench")
    with tenant_scope(tenant):
        source, target = (_member(name, orders) for name in ("a", "b"))
        others = [
            _Other(tenant, step) for step in (_read(source, target), _write("a"), _write("b"))
        ]
        quiet = _longest(others, lambda: time.sleep(1.5))
        merges = {}

        def merge() -> None:
            merges["merge"] = member_merge(
                source=source.public_id, target=target.public_id, reason="bench"
            )

        merging, merge_wait = _timed(others, merge)
        moved = Order.objects.filter(member=target, channel="bench").count()
        joined = _points(source, target)
        splitting, split_wait = _timed(
            others, lambda: member_split(merge=merges["merge"].public_id, reason="bench")
        )
        returned = Order.objects.filter(member=source, channel="bench").count()
        parted = _points(source, target)
        findings = points_audit()
    result = {
        "orders_each": orders,
        "points_joined": joined,
        "points_parted": parted,
        "merge_s": round(merging, 2),
        "split_s": round(splitting, 2),
        "longest_wait_quiet_ms": round(quiet * 1000),
        "longest_wait_merge_ms": round(merge_wait * 1000),
        "longest_wait_split_ms": round(split_wait * 1000),
        "target": "merge < 2 s; nobody > 100 ms beyond the quiet wait",
        "ok": moved == 2 * orders
        and returned == orders
        and joined == [0, 2 * orders * POINTS]
        and parted == [orders * POINTS] * 2
        and not findings
        and merging < 2
        and max(merge_wait, split_wait) - quiet < 0.1,
    }
    print(f"merge {json.dumps(result)}")
    return result


def _member(name: str, orders: int) -> Any:
    from django.db import connection

    from members.identity.rules import Claim
    from members.identity.services import identity_resolve
    from members.orders.rollups import rollups_refresh
    from scrm.core import clock
    from scrm.tenants.context import require_tenant_id

    made = identity_resolve(
        claims=[Claim("business_account", name)], source="bench", occurred_at=clock.now()
    )
    mark = uuid4().hex[:12]
    with connection.cursor() as cursor:
        values = {"tenant": require_tenant_id(), "member": made.pk, "orders": orders, "mark": mark}
        cursor.execute(_FILL, values)
    rollups_refresh([made.pk])
    _lots(made, orders)
    return made


def _lots(member: Any, orders: int) -> None:
    from django.db import connection, transaction

    from points.lots.models import PointsAccount
    from points.lots.posting import Change, postings_post
    from scrm.core import clock
    from scrm.tenants.context import require_tenant_id

    values = {"tenant": require_tenant_id(), "member": member.pk, "points": POINTS}
    now = clock.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOTS, values)
        PointsAccount.objects.create(member=member, available=orders * POINTS, settled_at=now)
        all_of_it = Change(
            member_id=member.pk, flow="grant", points=orders * POINTS,
            reference=f"bench/{member.pk}", occurred_at=now,
        )  # fmt: skip
        postings_post([all_of_it])


def _points(*members: Any) -> list[int]:
    from points.lots.models import PointsAccount

    rows = PointsAccount.objects.filter(member__in=members)
    found = dict(rows.values_list("member_id", "available"))
    return [found[member.pk] for member in members]


def _read(source: Any, target: Any) -> Callable[[int], None]:
    from members.orders.models import Order
    from members.people.card import card_get

    def step(turn: int) -> None:
        card = card_get((source, target)[turn % 2].public_id)
        assert card.rollup.orders_count >= 0
        list(Order.objects.filter(member_id=card.member.pk).order_by("-occurred_at", "-id")[:20])

    return step


def _write(name: str) -> Callable[[int], None]:
    from members.identity.rules import Claim
    from members.orders.facts import LineFacts, OrderFacts
    from members.orders.services import order_apply
    from scrm.core import clock

    def step(turn: int) -> None:
        now = clock.now()
        order_apply(
            OrderFacts(
                channel="live",
                external_id=f"{name}-{uuid4().hex}-{turn}",
                claims=(Claim("business_account", name),),
                placed_at=now,
                paid_at=now,
                lines=(LineFacts(external_id="1", subtotal_fen=1000),),
            )
        )

    return step


class _Other:
    """Somebody at work on a connection of their own; remembers the longest a step took."""

    def __init__(self, tenant: Any, step: Callable[[int], None]) -> None:
        self.tenant, self.step = tenant, step
        self.longest, self.is_over, self.fault = 0.0, threading.Event(), ""

    def work(self) -> None:
        from django.db import connection

        from scrm.tenants.context import tenant_scope

        turn = 0
        try:
            with tenant_scope(self.tenant):
                while not self.is_over.is_set():
                    begun = time.perf_counter()
                    self.step(turn)
                    self.longest = max(self.longest, time.perf_counter() - begun)
                    turn += 1
                    time.sleep(0.02)
        except Exception as error:  # noqa: BLE001 - told at the end
            self.fault = repr(error)
        finally:
            connection.close()


def _longest(others: list[_Other], act: Callable[[], object]) -> float:
    for other in others:
        other.longest, other.is_over = 0.0, threading.Event()
    threads = [threading.Thread(target=other.work) for other in others]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    try:
        act()
    finally:
        for other in others:
            other.is_over.set()
        for thread in threads:
            thread.join()
    faults = [other.fault for other in others if other.fault]
    assert not faults, faults
    return max(other.longest for other in others)


def _timed(others: list[_Other], act: Callable[[], object]) -> tuple[float, float]:
    taken: list[float] = []

    def timed() -> None:
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)

    wait = _longest(others, timed)
    return taken[0], wait
