"""Rows a second of the order import (file, people, orders, lines, rollups, facts) against COPY of the same rows.

Needs ``DATABASE_URL`` and ``DATABASE_OWNER_URL`` of a migrated database. The rows are the first of the
demo's real history. COPY writes them into one bare table without keys: the floor no import can reach. No
target is set for this ratio; it is printed so that a change that spoils it is seen.
"""

from __future__ import annotations

import io
import json
import os
import time
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

ROWS = 10_000


def run(*, rows: int = ROWS) -> dict[str, Any]:
    """Import once, COPY three times, print both rates and their ratio."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.demo")
    django.setup()
    from demo.brands import RECORDS
    from demo.orders import record_shop_lines
    from members.orders.importing import order_import_start
    from members.orders.models import Order
    from scrm.core import clock
    from scrm.events.jobs.runner import jobs_run_waiting
    from scrm.tenants.context import tenant_scope
    from scrm.tenants.services import tenant_create

    yesterday = clock.local_date(clock.now(), RECORDS.timezone) - timedelta(days=1)
    lines = list(
        islice(record_shop_lines(brand=RECORDS, yesterday=yesterday, friends=frozenset()), rows + 1)
    )
    tenant = tenant_create(slug=f"bench-{uuid4().hex[:12]}", name="bench")
    with tenant_scope(tenant):
        begun = time.perf_counter()
        order_import_start(lines=lines, channel="mini_program", label="bench.csv")
        kept = time.perf_counter()
        jobs_run_waiting()
        done = time.perf_counter()
        imported = Order.objects.count()
    copy_seconds = min(_copy(lines) for _ in range(3))
    result = {
        "rows": rows,
        "imported": imported,
        "import_rows_s": round(rows / (done - begun)),
        "of_it_reading_the_file_s": round(kept - begun, 2),
        "copy_rows_s": round(rows / copy_seconds),
        "copy_over_import": round((done - begun) / copy_seconds, 1),
        "target": "none; printed",
        "ok": imported == rows,
    }
    print(f"orders {json.dumps(result)}")
    return result


def _copy(lines: list[str]) -> float:
    import psycopg2

    from scrm.settings.env import database

    found = database(os.environ["DATABASE_OWNER_URL"])
    opened = psycopg2.connect(
        dbname=found["NAME"], user=found["USER"], password=found["PASSWORD"] or None, host=found["HOST"],
        port=found["PORT"],
    )  # fmt: skip
    try:
        with opened, opened.cursor() as cursor:
            columns = ", ".join(f"{name.strip()} text" for name in lines[0].split(","))
            cursor.execute(f"CREATE TEMP TABLE bench_copy ({columns})")
            begun = time.perf_counter()
            cursor.copy_expert(
                "COPY bench_copy FROM STDIN (FORMAT csv)", io.StringIO("".join(lines[1:]))
            )
            return time.perf_counter() - begun
    finally:
        opened.close()


if __name__ == "__main__":
    run()
