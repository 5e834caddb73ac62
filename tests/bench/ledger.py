"""The ledger function through Django against the same statements sent by pgbench, at 8 clients.

Needs ``DATABASE_URL`` of a migrated database and ``pgbench`` on PATH. Both sides post transfers between
two of 2,000 members' accounts at random and say the tenant first, as row-level security demands. Two
shapes, each against its own twin: the function alone (one message, its own transaction) and the function
inside an explicit transaction, as services call it. Target: the function alone reaches at least 0.6 of
pgbench's transactions per second.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

CLIENTS = 8
SECONDS = 4
ROUNDS = 5
MEMBERS = 2000
OPENING = 10**12

_DRAW = """
\\set debit random(:first, :last - 1)
\\set credit random(:debit + 1, :last)
\\set reference random(1, 9000000000000000000)
"""
_CALL = "SELECT ledger_post({tenant}, gen_random_uuid(), :debit, :credit, 1, 'bench', '{run}-' || :reference, NULL, now());"
_SAY = "SET LOCAL app.tenant_id = '{tenant}'"
SCRIPTS = {
    # "\\;" sends both statements in one message, as our backend does.
    "function": f"{_DRAW}{_SAY}\\; {_CALL}\n",
    "transaction": f"{_DRAW}BEGIN;\n{_SAY}\\; {_CALL}\nCOMMIT;\n",
}


def run(*, seconds: int = SECONDS, rounds: int = ROUNDS, clients: int = CLIENTS) -> dict[str, Any]:
    """Measure both sides in turns and print the ratio."""
    pgbench = shutil.which("pgbench")
    if pgbench is None:
        return {"skipped": "no pgbench on PATH"}
    tenant, first, last, fsync = _prepare()
    rates: dict[str, list[float]] = {
        f"{side}_{shape}": [] for shape in SCRIPTS for side in ("pgbench", "django")
    }
    for _ in range(rounds):
        for shape, script in SCRIPTS.items():
            rates[f"pgbench_{shape}"].append(
                _pgbench(pgbench, script, tenant, first, last, seconds, clients)
            )
            rates[f"django_{shape}"].append(_django(shape, tenant, first, last, seconds, clients))
    found = {name: statistics.median(values) for name, values in rates.items()}
    ratio = found["django_function"] / found["pgbench_function"]
    result = {
        **{f"{name}_tps": round(rate) for name, rate in found.items()},
        "ratio": round(ratio, 3),
        "ratio_in_transaction": round(
            found["django_transaction"] / found["pgbench_transaction"], 3
        ),
        "clients": clients,
        "fsync": fsync,
        "target": "ratio >= 0.6",
        "ok": ratio >= 0.6,
    }
    print(f"ledger {json.dumps(result)}")
    return result


def _prepare() -> tuple[int, int, int, str]:
    """A tenant whose members' accounts have adjacent keys and more than enough on them."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.demo")
    django.setup()
    from django.db import connection, transaction

    from scrm.core import clock
    from scrm.ledger.services import Owner, Posting, accounts_ensure, transfer_post_many
    from scrm.tenants.context import tenant_scope
    from scrm.tenants.services import tenant_create

    tenant = tenant_create(slug=f"bench-{uuid4().hex[:12]}", name="bench")
    with tenant_scope(tenant), transaction.atomic():
        owners = [
            Owner(kind="member_available", owner_kind="member", owner_id=n)
            for n in range(1, MEMBERS + 1)
        ]
        issued = accounts_ensure(unit="points", owners=[Owner(kind="issued")])[
            "system", 0, "issued"
        ]
        keys = sorted(accounts_ensure(unit="points", owners=owners).values())
        transfer_post_many(
            [
                Posting(
                    debit=issued, credit=key, amount=OPENING, reason="bench", reference=f"open-{key}",
                    occurred_at=clock.now(),
                )
                for key in keys
            ]
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SHOW fsync")
            fsync = str(cursor.fetchone()[0])
    connection.close()
    return tenant.pk, keys[0], keys[-1], fsync


def _pgbench(
    program: str, text: str, tenant: int, first: int, last: int, seconds: int, clients: int
) -> float:
    parts = urlsplit(os.environ["DATABASE_URL"])
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "ledger.sql"
        script.write_text(text.format(tenant=tenant, run=uuid4().hex[:12]))
        said = subprocess.run(
            [
                program, "-n", "-f", str(script), "-c", str(clients), "-j", "2", "-T", str(seconds),
                "-D", f"first={first}", "-D", f"last={last}",
                "-h", parts.hostname or "", "-p", str(parts.port or 5432), "-U", parts.username or "",
                parts.path.lstrip("/"),
            ],
            env={**os.environ, "PGPASSWORD": parts.password or ""},
            capture_output=True,
            text=True,
            check=True,
        )  # fmt: skip
    line = next(line for line in said.stdout.splitlines() if line.startswith("tps"))
    return float(line.split()[2])


def _django(shape: str, tenant: int, first: int, last: int, seconds: int, clients: int) -> float:
    """Transfers per second of ``clients`` processes, as workers are."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Barrier(clients + 1), context.Event()
    counts: Any = context.Queue()
    workers = [
        context.Process(target=_post, args=(shape, tenant, first, last, seconds, ready, go, counts))
        for _ in range(clients)
    ]
    for worker in workers:
        worker.start()
    ready.wait()
    go.set()
    total = sum(counts.get() for _ in workers)
    for worker in workers:
        worker.join()
    return float(total) / seconds


def _post(
    shape: str, tenant: int, first: int, last: int, seconds: int, ready: Any, go: Any, counts: Any
) -> None:
    import django

    django.setup()
    from django.db import connection, transaction

    from scrm.ledger.services import transfer_post
    from scrm.tenants.context import tenant_scope

    dice, run_id, done = random.Random(), uuid4().hex[:12], 0
    connection.ensure_connection()
    ready.wait()
    go.wait()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        debit = dice.randrange(first, last)
        credit = dice.randrange(debit + 1, last + 1)
        wrapped = transaction.atomic() if shape == "transaction" else nullcontext()
        with tenant_scope(tenant), wrapped:
            transfer_post(
                debit=debit, credit=credit, amount=1, reason="bench", reference=f"{run_id}-{done}"
            )
        done += 1
    connection.close()
    counts.put(done)


if __name__ == "__main__":
    run()
