"""``make bench``: every bench on a fresh, durable cluster and in a process of its own.

A cluster each, because emptying a million members again takes minutes of foreign-key checks, and what one bench
leaves would weigh on the next.

Name benches to run only those: ``python -m tests.bench ledger rfm``. Ends with 1 when a target was missed;
figures taken while other work keeps the machine busy say little, so the load is printed first.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scrm.embedded.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
BENCHES = (
    "ledger",
    "callback",
    "orders",
    "lists",
    "api",
    "rfm",
    "export",
    "merge",
    "segments",
    "lifecycle",
)


def main(names: list[str]) -> int:
    """Run the named benches, or all; the worst exit code."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
        return 2
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return max(_on_fresh_cluster(name) for name in names or BENCHES)


def _on_fresh_cluster(name: str) -> int:
    with tempfile.TemporaryDirectory(prefix="scrm-bench-") as folder:
        servers = Servers(folder=Path(folder))
        servers.start()
        try:
            environment = {
                "SCRM_LOG_LEVEL": "WARNING",
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "scrm.settings.demo",
                "DATABASE_URL": servers.database_url,
                "DATABASE_OWNER_URL": servers.database_owner_url,
                "REDIS_URL": servers.redis_url,
                "SCRM_DATA": folder,
                "PYTHONPATH": str(ROOT),
            }
            _call(
                [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity=0"],
                {**environment, "DATABASE_URL": servers.database_owner_url},
            )
            _call(
                [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
                environment,
            )
            return _bench(name, environment)
        finally:
            servers.stop()


def _bench(name: str, environment: dict[str, str]) -> int:
    code = (
        f"import sys; from tests.bench.{name} import run; "
        "sys.exit(0 if run().get('ok', True) else 1)"
    )
    missed = _call([sys.executable, "-c", code], environment)
    print(f"{name}: {'target missed' if missed else 'ok'}\n", flush=True)
    return missed


def _call(command: list[str], environment: dict[str, str]) -> int:
    return 1 if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
