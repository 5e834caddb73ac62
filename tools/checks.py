"""Checks that need a database: no migration is missing or stops who serves, and documents are what the code says.

`python -m tools.checks` compares, `python -m tools.checks --write-schema` writes the documents.
"""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from scrm.embedded.errors import EmbeddedError
from scrm.embedded.servers import Servers
from tools import migrations, reference

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "docs" / "openapi.yaml"
_SHOWN_LINES = 40


@contextmanager
def throw_away_platform() -> Iterator[None]:
    """Django set up on servers that vanish afterwards."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="scrm-check-", ignore_cleanup_errors=True) as folder:
        servers = Servers(folder=Path(folder), throw_away=True)
        servers.start()
        try:
            os.environ.update(
                DJANGO_SETTINGS_MODULE="scrm.settings.demo",
                SCRM_DATA=folder,
                DATABASE_URL=servers.database_owner_url,
                REDIS_URL=servers.redis_url,
            )
            import django  # noqa: PLC0415 - after its settings

            django.setup()
            yield
        finally:
            servers.stop()


def migrations_missing() -> list[str]:
    """What `makemigrations` would write."""
    from django.core.management import call_command  # noqa: PLC0415

    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        return ["models changed without a migration:", *said.getvalue().strip().splitlines()]
    return []


def schema_text() -> str:
    """The OpenAPI document as the code describes itself; warnings are errors."""
    from django.core.management import call_command  # noqa: PLC0415

    said = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=said)
    return said.getvalue().rstrip() + "\n"


def documents() -> dict[Path, str]:
    """Every document that is made from code, with what it should say."""
    return {SCHEMA: schema_text(), **reference.texts()}


def drift() -> list[str]:
    """Where the committed documents differ from the code."""
    found: list[str] = []
    for path, fresh in documents().items():
        committed = path.read_text(encoding="utf-8") if path.exists() else ""
        if committed == fresh:
            continue
        name = str(path.relative_to(ROOT))
        difference = difflib.unified_diff(
            committed.splitlines(), fresh.splitlines(), name, "the code", lineterm=""
        )
        found += [f"{name} is not what the code says; run `make schema`:"]
        found += list(difference)[:_SHOWN_LINES]
    return found


def main() -> int:
    """Say what is wrong, or write the schema."""
    try:
        with throw_away_platform():
            if "--write-schema" in sys.argv[1:]:
                for path, text in documents().items():
                    path.write_text(text, encoding="utf-8")
                return 0
            faults = [*migrations_missing(), *drift(), *migrations.faults()]
    except EmbeddedError as refused:
        faults = [str(refused)]
    for line in faults:
        print(line)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
