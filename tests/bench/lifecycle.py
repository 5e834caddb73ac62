"""The night of activity, contribution and stages: CPU per member, first and steady.

Needs ``DATABASE_URL`` and ``DATABASE_OWNER_URL`` of a migrated database. CPU seconds of client and backend
together; the least of as many nights counts, because neighbours only ever add. Also run: the same night again,
which must write nothing. Target: a steady night costs at most 60 microseconds of CPU per member.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2

MEMBERS = 1_000_000
# Of a member: orders of two years, and facts of a hundred days.
ORDERS, FACTS = 5, 3
AS_OF = date(2026, 3, 2)
NIGHTS = 3
MOST_US = 60
_BASE = 2 * 10**12
_FILL = """
    INSERT INTO members_member (tenant_id, id, public_id, member_no, kind, status, display_name, name_grams, gender,
        city, registered_at, first_source, latest_source, phone_tail, phone_masked, phone_enc, is_wecom_friend,
        is_opted_out, created_at, updated_at)
    SELECT {t}, {base} + n, 'mem_' || md5(n::text), 'L' || n, 'consumer', 'active', '', '{{}}', '', '',
           TIMESTAMPTZ '{as_of} 00:00+00' - make_interval(days => 1 + n % 900), '', '', '', '', '', false, false,
           now(), now()
      FROM generate_series(1, {members}) n;
    INSERT INTO members_order (tenant_id, id, public_id, channel, external_id, member_id, placed_at, paid_at,
        shipping_fen, paid_fen, refunded_fen, net_fen, paid_date, is_valid, occurred_at, created_at, updated_at)
    SELECT {t}, {base} + n, 'ord_' || md5(n::text), 'bench', n::text, {base} + who, at, at, 0, fen, 0, fen, at::date,
           true, at, now(), now()
      FROM (SELECT n, 1 + floor({members} * power(random(), 1.6))::bigint AS who,
                   TIMESTAMPTZ '{as_of} 04:00+00' + make_interval(days => 5 - floor(730 * random())::int) AS at,
                   1000 + floor(50000 * random() * random())::bigint AS fen
              FROM generate_series(1, {members} * {orders}) n) x;
    INSERT INTO members_activity (tenant_id, event_id, name, is_known, member_id, occurred_at, local_date, channel,
        seconds, props, created_at, updated_at)
    SELECT {t}, 'bench-' || n, (ARRAY['visit', 'app_use', 'comment', 'share_click', 'ugc_published'])[1 + n % 5], true,
           {base} + who, at, at::date, '', n % 300, '{{}}', now(), now()
      FROM (SELECT n, 1 + floor({members} * power(random(), 1.6))::bigint AS who,
                   TIMESTAMPTZ '{as_of} 04:00+00' + make_interval(days => 5 - floor(105 * random())::int) AS at
              FROM generate_series(1, {members} * {facts}) n) x
"""
_TABLES = ("members_member", "members_order", "members_activity", "members_memberpulse")


def run(*, members: int = MEMBERS) -> dict[str, Any]:
    """Fill a brand of its own, run its nights, print the figures."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.demo")
    django.setup()
    from members.lifecycle.services import pulse_night, pulses_make
    from scrm.tenants.context import tenant_scope
    from scrm.tenants.services import tenant_create

    tenant = tenant_create(slug=f"bench-{uuid4().hex[:12]}", name="bench")
    _as_owner(
        _FILL.format(
            t=tenant.pk, base=_BASE, members=members, orders=ORDERS, facts=FACTS, as_of=AS_OF
        )
    )
    _as_owner("".join(f"VACUUM ANALYZE {table};" for table in _TABLES[:3]))
    told: dict[str, dict[str, int]] = {}
    with tenant_scope(tenant):
        rows = _cpu(pulses_make)
        first = _cpu(partial(_night, pulse_night, AS_OF, told))
        _as_owner("".join(f"VACUUM ANALYZE {table};" for table in _TABLES[3:]))
        nights = []
        for later in range(1, NIGHTS + 1):
            day = AS_OF + timedelta(days=later)
            nights.append((_cpu(partial(_night, pulse_night, day, told)), dict(told["night"])))
        again = _cpu(partial(_night, pulse_night, day, told))
    steady, counts = min(nights, key=lambda night: night[0])
    micro = 1_000_000 / members
    result: dict[str, Any] = {
        "members": members,
        "orders": members * ORDERS,
        "facts": members * FACTS,
        "rows_us": round(rows * micro, 1),
        "first_night_us": round(first * micro, 1),
        "steady_night_us": round(steady * micro, 1),
        "written": counts["written"],
        "moved": counts["moved"],
        "same_again_us": round(again * micro, 1),
        "same_again_written": told["night"]["written"],
        "target": f"a steady night costs <= {MOST_US} us of CPU per member, the same night writes nothing",
        "ok": steady * micro <= MOST_US and not told["night"]["written"],
    }
    print(f"lifecycle {json.dumps(result)}", flush=True)
    return result


def _night(
    act: Callable[[date], dict[str, int]], day: date, told: dict[str, dict[str, int]]
) -> None:
    told["night"] = act(day)


def _cpu(act: Callable[[], object]) -> float:
    """CPU seconds of this process and its backend while acting; helpers of the backend are switched off."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    before = time.process_time() + _backend_cpu(pid)
    act()
    return time.process_time() + _backend_cpu(pid) - before


def _backend_cpu(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _as_owner(sql: str) -> None:
    from scrm.settings.env import database

    found = database(os.environ["DATABASE_OWNER_URL"])
    opened = psycopg2.connect(
        dbname=found["NAME"],
        user=found["USER"],
        password=found["PASSWORD"] or None,
        host=found["HOST"],
        port=found["PORT"],
    )
    opened.autocommit = True
    with closing(opened), opened.cursor() as cursor:
        for statement in filter(str.strip, sql.split(";")):
            cursor.execute(statement)


if __name__ == "__main__":
    run()
