"""May a migration run while the release before it serves? squawk reads what `sqlmigrate` would do.

Only migrations after the baseline are read: what every installation starts with cannot hurt anybody.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / ".squawk.toml"
BASELINE = ROOT / "tools" / "migrations_baseline.txt"
ALLOWED = ROOT / "tools" / "migrations_allowed.txt"


def listed(path: Path) -> dict[str, str]:
    """First word → the rest, of every line that is no comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#"))
    return {pair[0]: pair[1] if len(pair) > 1 else "" for pair in pairs}


def newer() -> list[tuple[str, str]]:
    """Our migrations after the baseline, as (app, name)."""
    from django.apps import apps  # noqa: PLC0415 - Django is set up by the caller
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415

    ours = {config.label for config in apps.get_app_configs() if "site-packages" not in config.path}
    base = listed(BASELINE)
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return sorted(
        (app, name)
        for app, name in loader.disk_migrations
        if app in ours and name > base.get(app, "")
    )


def sql_of(app: str, name: str) -> str:
    """What the migration would do, as `manage.py sqlmigrate` says."""
    from django.core.management import call_command  # noqa: PLC0415

    said = StringIO()
    try:
        call_command("sqlmigrate", app, name, stdout=said, no_color=True)
    except ValueError:
        # Constraints that Django did not name are looked up in the tables, so there must be some.
        call_command("migrate", verbosity=0)
        said = StringIO()
        call_command("sqlmigrate", app, name, stdout=said, no_color=True)
    return said.getvalue()


def unsafe(sql: str) -> list[tuple[str, int, str]]:
    """(rule, line, what is wrong) of each finding in some SQL."""
    ran = subprocess.run(  # noqa: S603 - a program of our own environment
        [
            str(Path(sys.executable).with_name("squawk")),
            "--config",
            str(CONFIG),
            "--reporter",
            "json",
        ],
        input=sql,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found = json.loads(ran.stdout)
    except ValueError:
        raise RuntimeError(f"squawk said: {ran.stderr.strip() or ran.stdout.strip()}") from None
    return [(one["rule_name"], int(one["line"]) + 1, one["message"]) for one in found]


def faults() -> Iterator[str]:
    """One line per finding that nobody has allowed, and per allowance that nobody needs."""
    allowed = listed(ALLOWED)
    used = set()
    for app, name in newer():
        for rule, line, message in unsafe(sql_of(app, name)):
            key = f"{app}.{name}:{rule}"
            used.add(key)
            if key not in allowed:
                yield f"{key} (sqlmigrate line {line}): {message} See docs/migrations.md"
    for key in sorted(allowed.keys() - used):
        yield f"{key} in {ALLOWED.name} is not needed any more"
