"""Callback endpoint (verify, decrypt, store, answer) against an empty view on the same server.

Needs ``DATABASE_URL`` of a migrated database and ``wrk`` on PATH. Target: at least 0.15 of the empty
view's requests per second at 16 connections, 99th percentile at most 50 ms.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.bench.serving import served

CORPS = 50
BODIES = 30_000
CONNECTIONS = 16
SECONDS = 4
ROUNDS = 3
TOKEN, KEY = "BenchToken", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"

# Every body is used once; each wrk run starts where the one before it ended.
_SCRIPT = """
local lines, at = {}, tonumber(os.getenv("BENCH_FROM"))
for line in io.lines(os.getenv("BENCH_FILE")) do lines[#lines + 1] = line end
request = function()
  at = at % #lines + 1
  local path, body = lines[at]:match("^(%S+) (.+)$")
  return wrk.format("POST", path, {["Content-Type"] = "text/xml"}, body)
end
"""


def run(*, seconds: int = SECONDS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Measure both sides in turns and print the ratio."""
    if shutil.which("wrk") is None:
        return {"skipped": "no wrk on PATH"}
    with tempfile.TemporaryDirectory() as folder:
        file, script = Path(folder) / "requests.txt", Path(folder) / "script.lua"
        script.write_text(_SCRIPT)
        tenant_pk = _prepare(file)
        with served("tests.bench.callback_app:application", probe="/empty") as base:
            empty, full, slow, answered, errors = [], [], [], 0, 0
            start = 0
            for _ in range(rounds):
                empty.append(_wrk(f"{base}/empty", seconds).rate)
                found = _wrk(base, seconds, script=script, file=file, start=start)
                start += found.requests
                full.append(found.rate)
                slow.append(found.p99_ms)
                answered += found.requests
                errors += found.errors
        stored, fsync = _stored(tenant_pk)
    ratio = statistics.median(full) / statistics.median(empty)
    result = {
        "empty_rps": round(statistics.median(empty)),
        "callback_rps": round(statistics.median(full)),
        "ratio": round(ratio, 3),
        "p99_ms": round(statistics.median(slow), 1),
        "answered": answered,
        "stored": stored,
        "errors": errors,
        "fsync": fsync,
        "target": "ratio >= 0.15, p99 <= 50 ms",
        "ok": ratio >= 0.15 and statistics.median(slow) <= 50 and not errors,
    }
    print(f"callback {json.dumps(result)}")
    return result


class _Run:
    """What wrk said."""

    def __init__(self, text: str) -> None:
        self.rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]
        self.requests = int(re.search(r"(\d+) requests in", text)[1])  # type: ignore[index]
        value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
        self.p99_ms = float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        self.errors = int(bad[1]) if bad else 0


def _wrk(
    url: str, seconds: int, *, script: Path | None = None, file: Path | None = None, start: int = 0
) -> _Run:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    if script is not None:
        command += ["-s", str(script)]
    said = subprocess.run(
        [*command, url],
        env={**os.environ, "BENCH_FILE": str(file or ""), "BENCH_FROM": str(start)},
        capture_output=True,
        text=True,
        check=True,
    )
    return _Run(said.stdout)


def _prepare(file: Path) -> int:
    """A tenant with fifty applications, and sealed callbacks of about 900 bytes, each different."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.callback_settings")
    import django

    django.setup()
    from scrm.tenants.context import tenant_scope
    from scrm.tenants.models import Tenant
    from scrm.wecom.models import WeComCorp
    from scrm.wecom.sandbox.crypto import Envelope, envelope_xml

    tenant = Tenant.objects.create(slug=f"bench-{os.urandom(4).hex()}", name="bench")
    with tenant_scope(tenant):
        corps = [
            WeComCorp.objects.create(
                corp_id=f"wwbench{n}", name="b", agent_id=1, secret="s", token=TOKEN, aes_key=KEY
            )
            for n in range(CORPS)
        ]
    now = int(time.time())
    with file.open("w") as out:
        for number in range(BODIES):
            corp = corps[number % CORPS]
            envelope = Envelope(token=TOKEN, aes_key=KEY, receiver=corp.corp_id)
            sealed = envelope.seal(_event(number, now), timestamp=now)
            query = urlencode(
                {
                    "msg_signature": sealed.signature,
                    "timestamp": sealed.timestamp,
                    "nonce": sealed.nonce,
                }
            )
            body = envelope_xml(sealed, receiver=corp.corp_id, agent_id=1)
            out.write(f"/wecom/{tenant.slug}/{corp.public_id}/callback?{query} {body}\n")
    return int(tenant.pk)


def _event(number: int, at: int) -> str:
    fields = {
        "UserID": f"staff{number % 90}",
        "ExternalUserID": f"wmBench{number:024d}",
        "State": f"ch_{number % 500}",
    }
    own = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return (
        "<xml><ToUserName><![CDATA[wwbench]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        "<Event><![CDATA[change_external_contact]]></Event>"
        f"<ChangeType><![CDATA[edit_external_contact]]></ChangeType>{own}</xml>"
    )


def _stored(tenant_pk: int) -> tuple[int, str]:
    from django.db import connection

    from scrm.tenants.context import tenant_scope
    from scrm.wecom.models import CallbackEvent

    with tenant_scope(tenant_pk):
        stored = CallbackEvent.objects.count()
        CallbackEvent.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        fsync: str = cursor.fetchone()[0]
    connection.close()
    return stored, fsync


if __name__ == "__main__":
    sys.exit(0 if run().get("ok", True) else 1)
