"""PostgreSQL's own client programs: the oldest that is not older than the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

from psycopg2 import extensions

from scrm.tenants.backup.errors import BackupError

_SYSTEM = Path("/usr/lib/postgresql")


def program_find(name: str, *, server_major: int) -> str:
    """`pg_dump` or `pg_restore`: of the server's own major where there is one, else the next newer.

    An older program refuses a newer server; a much newer one writes settings that an older server
    does not know. SCRM_PG_BIN names a folder to look in first.
    """
    found = {
        _major(path): path for path in reversed(_candidates(name)) if _major(path) >= server_major
    }
    if not found:
        raise BackupError(
            f"no {name} of PostgreSQL {server_major} or newer on this machine: install "
            f"postgresql-client-{server_major}, or name its folder in SCRM_PG_BIN"
        )
    return str(found[min(found)])


def program_run(command: list[str], *, password: str) -> None:
    """Run a client program; its own last words are the reason of a failure."""
    environment = {**os.environ, "PGPASSWORD": password, "LC_ALL": "C"}
    said = subprocess.run(  # noqa: S603 - a program of PostgreSQL with arguments of ours
        command, env=environment, capture_output=True, text=True, check=False
    )
    if said.returncode != 0:
        words = [line for line in said.stderr.strip().splitlines() if "error" in line.lower()]
        last = (words or said.stderr.strip().splitlines() or ["no message"])[0]
        raise BackupError(f"{Path(command[0]).name} failed: {last}")


def server_major(opened: extensions.connection) -> int:
    """15 for 15.4."""
    return int(opened.server_version) // 10_000


def address(opened: extensions.connection) -> str:
    """The connection as client programs take it; the password travels in the environment."""
    told = opened.info
    return (
        f"postgresql://{quote(told.user)}@{quote(told.host, safe='')}:{told.port}"
        f"/{quote(told.dbname)}"
    )


def _candidates(name: str) -> list[Path]:
    given = os.environ.get("SCRM_PG_BIN", "")
    folders = [Path(given)] if given else []
    on_path = shutil.which(name)
    if on_path is not None:
        folders.append(Path(on_path).parent)
    folders += sorted(_SYSTEM.glob("*/bin"), reverse=True)
    return [folder / name for folder in folders if (folder / name).exists()]


def _major(path: Path) -> int:
    try:
        said = subprocess.run(  # noqa: S603
            [str(path), "--version"], capture_output=True, text=True, check=False, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r"\s(\d+)", said)
    return int(match.group(1)) if match else 0
