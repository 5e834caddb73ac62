"""Rows a second of a members' export against COPY of the same query, and the memory it takes at its peak.

A million members with rollups; a CSV by the job as a worker runs it, in a process of its own, whose peak
resident memory must stay under 200 MB; a workbook of a quarter of them beside it. COPY writes the same columns of
the same query to nowhere: the floor no export can reach.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any
from uuid import uuid4

from tests.bench.lists import _FILL
from tests.bench.rfm import _as_owner

ROWS = 1_000_000
MOST_MB = 200
# Runs one waiting job of the tenant named in argv and says what it took.
_WORKER = """
import json, resource, sys, time, django
django.setup()
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.tenants.context import tenant_scope
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
begun = time.perf_counter()
with tenant_scope(int(sys.argv[1])):
    ran = jobs_run_waiting()
took = time.perf_counter() - begun
used = resource.getrusage(resource.RUSAGE_SELF)
cpu = used.ru_utime + used.ru_stime
peak = used.ru_maxrss // 1024
print(json.dumps({"ran": ran, "seconds": took, "cpu": cpu, "before_mb": before, "peak_mb": peak}))
"""
_COPY = """
    COPY (
        SELECT m.public_id, m.member_no, m.display_name, m.phone_masked, m.gender, m.birthday, m.city, m.kind,
               m.first_source, m.latest_source, m.registered_at, m.is_wecom_friend, m.is_opted_out, r.orders_count,
               r.net_fen, r.last_paid_date
          FROM members_member m
          JOIN members_memberrollup r ON r.tenant_id = m.tenant_id AND r.member_id = m.id
         WHERE m.tenant_id = {t} AND m.status NOT IN ('merged', 'erased')
         ORDER BY m.id
    ) TO STDOUT WITH CSV
"""


def run(*, rows: int = ROWS, with_book: bool = True) -> dict[str, Any]:
    """Fill, export, print."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.demo")
    django.setup()
    from scrm.tenants.services import tenant_create

    tenant = tenant_create(slug=f"bench-{uuid4().hex[:12]}", name="bench")
    result = _measure(tenant.pk, rows, with_book=with_book)
    print(f"export {json.dumps(result)}")
    return result


def _measure(tenant_id: int, rows: int, *, with_book: bool) -> dict[str, Any]:
    _as_owner(_FILL.format(t=tenant_id, base=10**12, members=rows))
    _as_owner("VACUUM ANALYZE members_member; VACUUM ANALYZE members_memberrollup")
    copy_seconds = _copied(tenant_id)
    told = _exported(tenant_id, "csv", "")
    book = _exported(tenant_id, "xlsx", "source=store") if with_book else {}
    result = {
        "rows": told["rows"],
        "size_mb": told["size_mb"],
        "csv_rows_s": round(told["rows"] / told["seconds"]),
        "csv_rows_cpu_s": round(told["rows"] / told["cpu"]),
        "copy_rows_s": round(rows / copy_seconds),
        "export_over_copy": round(told["seconds"] / copy_seconds, 1),
        "csv_peak_mb": told["peak_mb"],
        "start_mb": told["before_mb"],
        "target": f"peak < {MOST_MB} MB, every row once",
        "ok": told["rows"] == rows and told["peak_mb"] < MOST_MB,
    }
    if book:
        result |= {
            "xlsx_rows": book["rows"],
            "xlsx_rows_s": round(book["rows"] / book["seconds"]),
            "xlsx_peak_mb": book["peak_mb"],
        }
        result["ok"] = result["ok"] and book["peak_mb"] < MOST_MB
    return result


def _copied(tenant_id: int) -> float:
    import psycopg2

    from scrm.settings.env import database

    told = database(os.environ["DATABASE_OWNER_URL"])
    opened = psycopg2.connect(
        dbname=told["NAME"], user=told["USER"], password=told["PASSWORD"] or None,
        host=told["HOST"], port=told["PORT"],
    )  # fmt: skip
    times = []
    try:
        for _again in range(2):
            begun = time.perf_counter()
            with opened.cursor() as cursor, open(os.devnull, "wb") as nowhere:  # noqa: PTH123
                cursor.copy_expert(_COPY.format(t=tenant_id), nowhere)
            times.append(time.perf_counter() - begun)
    finally:
        opened.close()
    return min(times)


def _exported(tenant_id: int, form: str, query: str) -> dict[str, Any]:
    from scrm.files.exports import export_start
    from scrm.files.models import StoredFile
    from scrm.tenants.context import tenant_scope

    with tenant_scope(tenant_id):
        file = export_start("members", may=lambda _permission: True, format=form, query=query)
    said = subprocess.run(
        [sys.executable, "-c", _WORKER, str(tenant_id)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ.copy(),
    )
    told: dict[str, Any] = json.loads(said.stdout.strip().splitlines()[-1])
    with tenant_scope(tenant_id):
        file = StoredFile.objects.get(pk=file.pk)
        if file.ready_at is None:
            raise RuntimeError("the export did not end")
    return {**told, "rows": file.rows, "size_mb": round(file.size / 1024 / 1024, 1)}


if __name__ == "__main__":
    run()
