"""Nightly RFM of a million members from rollups, against the same scores from ten million raw orders.

Needs ``DATABASE_URL`` and ``DATABASE_OWNER_URL``; fills a database of its own there (about 4 GB) and drops
it again. The orders stand in a table with the columns of ours but without its keys, policies and indexes,
which spares the other side their cost.
CPU seconds of client and backend together are compared, because
walls depend on who else is at work. Target: at least 8 times less CPU than SQL aggregation and ntile over
the orders. Also printed: the ratio to one sequential scan of the rollups and to pandas over the orders.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2

ROOT = Path(__file__).parents[2]
MEMBERS = 1_000_000
BUYERS = 845_000
ORDERS = 10_000_000
AS_OF = date(2026, 3, 2)  # a Monday; no steady night is a weekly one
WINDOW = 365
# Of the buyers, how many buy on the day that is scored as the steady night.
DAILY_BUYERS = 27_000
# The least of as many runs counts on either side: neighbours only ever add.
NIGHTS = 3

_FILL = """
    INSERT INTO members_member (tenant_id, id, public_id, member_no, kind, status, display_name, name_grams, gender,
        city, registered_at, first_source, latest_source, phone_tail, phone_masked, phone_enc, is_wecom_friend,
        is_opted_out, created_at, updated_at)
    SELECT {t}, {base} + n, 'mem_' || md5(n::text), 'B' || n, 'consumer', 'active', '', '{{}}', '', '', now(), '', '',
           '', '', '', false, false, now(), now()
      FROM generate_series(1, {members}) n;
    DROP TABLE IF EXISTS bench_orders;
    CREATE TABLE bench_orders (LIKE members_order);
    GRANT SELECT ON bench_orders TO PUBLIC;
    INSERT INTO bench_orders (tenant_id, id, public_id, channel, external_id, member_id, placed_at, paid_at,
        shipping_fen, paid_fen, refunded_fen, net_fen, paid_date, is_valid, occurred_at, created_at, updated_at)
    SELECT {t}, {base} + n, 'ord_' || md5(n::text), 'bench', n::text, {base} + who, at, at, 0, fen, 0, fen, at::date,
           true, at, now(), now()
      FROM (SELECT n, 1 + floor({buyers} * power(random(), 1.6))::bigint AS who,
                   TIMESTAMPTZ '{as_of} 12:00+00' - make_interval(days => floor({window} * random())::int) AS at,
                   1000 + floor(50000 * random() * random())::bigint AS fen
              FROM generate_series(1, {orders}) n) x;
    INSERT INTO members_memberrollup (tenant_id, member_id, orders_count, net_fen, paid_fen, refunded_fen,
        first_paid_at, last_paid_at, last_paid_date, window_orders, window_net_fen, window_last_date, window_as_of,
        created_at, updated_at)
    SELECT {t}, m.id, coalesce(o.n, 0), coalesce(o.net, 0), coalesce(o.net, 0), 0, o.first, o.last, o.last::date,
           coalesce(o.n, 0), coalesce(o.net, 0), o.last::date, DATE '{as_of}', now(), now() - interval '1 day'
      FROM members_member m
      LEFT JOIN (SELECT member_id, count(*) AS n, sum(net_fen) AS net, min(paid_at) AS first, max(paid_at) AS last
                   FROM bench_orders WHERE tenant_id = {t} GROUP BY 1) o ON o.member_id = m.id
     WHERE m.tenant_id = {t};
    INSERT INTO members_rollupday (tenant_id, as_of, days, created_at, updated_at)
    VALUES ({t}, DATE '{as_of}', {window}, now(), now());
"""
# What the next day does to the rollups: some buy, as many see an old order leave their window, and
# everybody's last purchase is a day further away.
_NEXT_DAY = """
    UPDATE members_memberrollup SET window_orders = window_orders + 1, window_net_fen = window_net_fen + 12345,
           window_last_date = DATE '{day}', updated_at = now()
     WHERE tenant_id = {t} AND id IN (SELECT id FROM members_memberrollup WHERE tenant_id = {t}
                                       ORDER BY hashint8extended(id, {seed}) LIMIT {buyers});
    UPDATE members_memberrollup SET window_net_fen = greatest(window_net_fen - 4321, 1), updated_at = now()
     WHERE tenant_id = {t} AND window_orders > 1 AND id IN (
           SELECT id FROM members_memberrollup WHERE tenant_id = {t} ORDER BY hashint8extended(id, {seed}) DESC LIMIT {buyers});
    UPDATE members_rollupday SET as_of = DATE '{day}' WHERE tenant_id = {t};
"""
_RAW_SQL = """
    SELECT member_id, 6 - ntile(5) OVER (ORDER BY days) AS r, ntile(5) OVER (ORDER BY n) AS f,
           ntile(5) OVER (ORDER BY net) AS m
      FROM (SELECT member_id, DATE '{as_of}' - max(paid_date) AS days, count(*) AS n, sum(net_fen) AS net
              FROM bench_orders
             WHERE tenant_id = {t} AND is_valid AND paid_date > DATE '{start}' AND paid_date <= DATE '{as_of}'
             GROUP BY member_id) x
"""
_RAW_COPY = """
    COPY (SELECT member_id, paid_date, net_fen FROM bench_orders
           WHERE tenant_id = {t} AND is_valid AND paid_date > DATE '{start}' AND paid_date <= DATE '{as_of}')
    TO STDOUT (FORMAT csv)
"""
_SCAN = "SELECT count(window_orders), sum(window_net_fen) FROM members_memberrollup WHERE tenant_id = {t}"


def run(*, members: int = MEMBERS, orders: int = ORDERS) -> dict[str, Any]:
    """Fill a database of its own, measure every way in one run, print the ratios, drop it again."""
    from scrm.settings.env import database

    owner = database(os.environ["DATABASE_OWNER_URL"])
    name = f"bench_rfm_{uuid4().hex[:12]}"
    place = f"{owner['HOST']}:{owner['PORT']}/{name}"
    app = database(os.environ["DATABASE_URL"])
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://{app['USER']}:{app['PASSWORD']}@{place}",
        "DATABASE_OWNER_URL": f"postgres://{owner['USER']}:{owner['PASSWORD']}@{place}",
    }
    as_owner = {**environment, "DATABASE_URL": environment["DATABASE_OWNER_URL"]}
    _maintain(owner, f"CREATE DATABASE {name}")
    try:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--skip-checks", "-v", "0"],
            env=as_owner,
            check=True,
            cwd=ROOT,
        )
        said = subprocess.run(
            [sys.executable, "-m", "tests.bench.rfm", str(members), str(orders)],
            env=environment,
            check=True,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    finally:
        _maintain(owner, f"DROP DATABASE {name} WITH (FORCE)")
    result: dict[str, Any] = json.loads(said.splitlines()[-1])
    print(f"rfm {json.dumps(result)}", flush=True)
    return result


def _maintain(owner: dict[str, Any], sql: str) -> None:
    opened = psycopg2.connect(
        dbname="postgres",
        user=owner["USER"],
        password=owner["PASSWORD"] or None,
        host=owner["HOST"],
        port=owner["PORT"],
    )
    opened.autocommit = True
    with closing(opened), opened.cursor() as cursor:
        cursor.execute(sql)


def _inside(members: int, orders: int) -> dict[str, Any]:
    """Fill and measure, in a process whose database is the new one."""
    import django

    django.setup()
    from scrm.tenants.services import tenant_create

    tenant = tenant_create(slug="bench", name="bench")
    names = {
        "t": tenant.pk,
        "base": 10**12,
        "members": members,
        "buyers": BUYERS * members // MEMBERS,
        "orders": orders,
        "window": WINDOW,
        "as_of": AS_OF.isoformat(),
        "start": (AS_OF - timedelta(days=WINDOW)).isoformat(),
    }
    _as_owner(_FILL.format(**names))
    _as_owner("VACUUM ANALYZE bench_orders; VACUUM ANALYZE members_memberrollup")
    return _measure(tenant, names)


def _measure(tenant: Any, names: dict[str, Any]) -> dict[str, Any]:
    from analytics.rfm.models import RfmScore
    from analytics.rfm.services import rfm_score
    from scrm.tenants.context import tenant_scope

    found: dict[str, float] = {}
    _session(
        "SET max_parallel_workers_per_gather = 0"
    )  # helpers' CPU would go uncounted on either side
    _session("SET work_mem = '256MB'")  # for the other side; ours asks for less by itself
    with tenant_scope(tenant):
        found["scan"] = min(_cpu(lambda: _fetch(_SCAN.format(**names))) for _ in range(3))
        found["first_night"] = _cpu(lambda: rfm_score(AS_OF))
        _as_owner("VACUUM ANALYZE analytics_rfmscore")
        told: dict[str, int] = {}
        nights = []
        for later in range(1, NIGHTS + 1):
            day = AS_OF + timedelta(days=later)
            _as_owner(
                _NEXT_DAY.format(
                    t=names["t"],
                    day=day.isoformat(),
                    seed=later,
                    buyers=int(DAILY_BUYERS * names["members"] / MEMBERS),
                )
            )
            nights.append((_cpu(partial(_night, day, told)), told["changed"]))
        found["steady_night"], changed = min(nights)
        found["same_again"] = _cpu(lambda: rfm_score(day))
        scored = RfmScore.objects.count()
        found["sql_raw"] = min(
            _cpu(lambda: _drain(_RAW_SQL.format(**names))) for _ in range(NIGHTS)
        )
        found["pandas_raw"] = _cpu(lambda: _pandas(_RAW_COPY.format(**names)))
    ratio = found["sql_raw"] / found["steady_night"]
    result: dict[str, Any] = {
        "members": names["members"],
        "orders": names["orders"],
        "scored": scored,
        "changed": changed,
        "cpu_s": {name: round(seconds, 2) for name, seconds in found.items()},
        "ratio": round(ratio, 1),
        "ratio_first_night": round(found["sql_raw"] / found["first_night"], 1),
        "ratio_pandas": round(found["pandas_raw"] / found["steady_night"], 1),
        "scans_of_rollups": round(found["steady_night"] / found["scan"], 1),
        "target": "SQL over raw orders costs >= 8 x the CPU of the night",
        "ok": ratio >= 8,
    }
    return result


def _night(day: date, told: dict[str, int]) -> None:
    from analytics.rfm.services import rfm_score

    told.update(rfm_score(day))


def _cpu(act: Callable[[], object]) -> float:
    """CPU seconds of this process and its backend while acting."""
    pid = _fetch("SELECT pg_backend_pid()")[0][0]
    before = time.process_time() + _backend_cpu(pid)
    act()
    return time.process_time() + _backend_cpu(pid) - before


def _backend_cpu(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _session(sql: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)


def _fetch(sql: str) -> Any:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def _drain(sql: str) -> None:
    """Let the server work the query out without sending its rows."""
    _fetch(f"SELECT count(*), sum(r + f + m) FROM ({sql}) scored")


def _pandas(copy: str) -> None:
    import pandas as pd
    from django.db import connection, transaction

    target = io.BytesIO()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.cursor.copy_expert(copy, target)
    target.seek(0)
    orders = pd.read_csv(target, names=["member", "paid", "fen"], parse_dates=["paid"])
    by_member = orders.groupby("member").agg(
        last=("paid", "max"), n=("fen", "size"), net=("fen", "sum")
    )
    for name in ("last", "n", "net"):
        by_member[f"{name}_score"] = (
            pd.qcut(by_member[name].rank(method="first"), 5, labels=False) + 1
        )


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
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.demo")
    if len(sys.argv) > 1:
        print(json.dumps(_inside(int(sys.argv[1]), int(sys.argv[2]))))
    else:
        run()
