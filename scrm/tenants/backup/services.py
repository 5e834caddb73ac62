"""Make a back-up, restore it into an empty database, and prove that both are the same."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ

from scrm.core import clock
from scrm.tenants.backup import state
from scrm.tenants.backup.errors import BackupError
from scrm.tenants.backup.programs import address, program_find, program_run, server_major

FORMAT = 1
_PRIVATE = 0o600


def backup_make(url: str, target: Path) -> dict[str, Any]:
    """Dump the database of the owner's URL into `target` and write `target.json` beside it.

    Both are read in one snapshot, so that the counts are exactly what the dump holds.
    """
    if target.exists() or manifest_path(target).exists():
        raise BackupError(f"{target} is there already")
    with closing(_open(url)) as opened:
        opened.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        _require_owner(opened)
        snapshot = state.rows(opened, "SELECT pg_export_snapshot()")[0][0]
        manifest = {
            "format": FORMAT,
            "made_at": clock.now().isoformat(),
            "postgres": server_major(opened),
            "keys": state.keys_needed(),
            "migrations": state.migrations(opened),
            "rows": state.row_counts(opened),
            "guards": state.guards(opened),
        }
        target.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))
        try:
            _dump(opened, target, snapshot)
        except BaseException:
            target.unlink()
            raise
    manifest["sha256"] = _digest(target)
    with os.fdopen(os.open(manifest_path(target), os.O_CREAT | os.O_WRONLY, _PRIVATE), "w") as file:
        json.dump(manifest, file, indent=1)
    return manifest


def restore_make(url: str, source: Path, *, superuser_url: str = "", jobs: int = 2) -> list[str]:
    """Restore `source` into the empty database of the owner's URL; returns what is not as it was."""
    manifest = manifest_read(source)
    if _digest(source) != manifest["sha256"]:
        raise BackupError(f"{source} is not the file that its manifest describes")
    with closing(_open(url)) as opened:
        _require_empty(opened)
        program = program_find("pg_restore", server_major=server_major(opened))
        command = [program, "--exit-on-error", "--no-comments", f"--jobs={max(jobs, 1)}"]
        command += ["--dbname", address(opened), str(source)]
        opened.rollback()
        program_run(command, password=str(opened.info.password or ""))
    if superuser_url:
        leakproof_apply(superuser_url)
    with closing(_open(url)) as opened, opened.cursor() as cursor:
        cursor.execute(
            "ANALYZE"
        )  # a restored table has no statistics, and every plan would be a guess
        opened.commit()
    return restore_faults(url, manifest)


def restore_faults(url: str, manifest: dict[str, Any]) -> list[str]:
    """How a database differs from what a manifest says; empty when it is whole."""
    with closing(_open(url)) as opened:
        opened.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        faults = _differences("rows of", manifest["rows"], state.row_counts(opened))
        now, then = set(state.guards(opened)), set(manifest["guards"])
        faults += [f"missing: {line}" for line in sorted(then - now)]
        faults += [f"not in the back-up: {line}" for line in sorted(now - then)]
        gone = set(manifest["migrations"]) ^ set(state.migrations(opened))
        faults += [f"migration {name} differs" for name in sorted(gone)]
        faults += [
            f"not LEAKPROOF: {name} (run scrm/embedded/bootstrap.sql as superuser)"
            for name in state.leakproof_missing(opened)
        ]
    lost = set(manifest["keys"]) - set(state.keys_needed())
    return faults + [f"SCRM_SECRET_KEYS lacks key {key_id} of then" for key_id in sorted(lost)]


def leakproof_apply(superuser_url: str) -> None:
    """Roles, default rights and LEAKPROOF marks, which no dump contains."""
    with closing(_open(superuser_url)) as opened, opened.cursor() as cursor:
        cursor.execute(state.BOOTSTRAP.read_text(encoding="utf-8"))
        opened.commit()


def manifest_path(dump: Path) -> Path:
    """Where a dump's manifest stands."""
    return dump.with_name(f"{dump.name}.json")


def manifest_read(dump: Path) -> dict[str, Any]:
    """The manifest beside a dump."""
    path = manifest_path(dump)
    if not dump.exists() or not path.exists():
        raise BackupError(f"{dump} and {path.name} must both be there")
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{path} has another format than this release reads")
    return manifest


def _dump(opened: extensions.connection, target: Path, snapshot: str) -> None:
    program = program_find("pg_dump", server_major=server_major(opened))
    command = [program, "--format=custom", "--no-comments", f"--snapshot={snapshot}"]
    command += ["--file", str(target), address(opened)]
    program_run(command, password=str(opened.info.password or ""))


def _open(url: str) -> extensions.connection:
    try:
        return psycopg2.connect(url)
    except psycopg2.OperationalError as fault:
        raise BackupError(str(fault).strip().splitlines()[0]) from fault


def _require_owner(opened: extensions.connection) -> None:
    owners = state.rows(
        opened, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = current_schema()"
    )
    if owners != [(opened.info.user,)]:
        raise BackupError(
            f"role {opened.info.user} does not own the schema: a back-up is the owner's "
            "(DATABASE_OWNER_URL), or row-level security would leave rows out"
        )


def _require_empty(opened: extensions.connection) -> None:
    found = state.tables(opened)
    if found:
        raise BackupError(
            f"database {opened.info.dbname} has {len(found)} tables: restore into an empty one"
        )


def _differences(what: str, then: dict[str, int], now: dict[str, int]) -> list[str]:
    return [
        f"{what} {name}: {now.get(name)} instead of {then.get(name)}"
        for name in sorted(then.keys() | now.keys())
        if then.get(name) != now.get(name)
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
