"""The restore rehearsal on a real server: a back-up becomes a database that is the same and as well guarded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from scrm.embedded.binaries import postgres_programs
from scrm.embedded.errors import EmbeddedError
from scrm.events.models import Job
from scrm.events.pulse import marked
from scrm.tenants.backup import state
from scrm.tenants.backup.errors import BackupError
from scrm.tenants.backup.programs import program_find
from scrm.tenants.backup.services import (
    backup_make,
    manifest_path,
    manifest_read,
    restore_faults,
    restore_make,
)
from scrm.tenants.context import tenant_scope
from tests.rules.tree import ROOT
from tests.rules.walls.rows import row_make, tenant_models
from tests.support.api import tenant as new_tenant
from tests.support.servers import owner_settings, process_environment

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


def url_of(database: str, role: str = "scrm_owner") -> str:
    owner = owner_settings()
    return f"postgres://{role}@{owner['HOST']}:{owner['PORT']}/{database}"


def run(database: str, sql: str, role: str = "scrm_owner") -> list[tuple[Any, ...]]:
    opened = psycopg2.connect(url_of(database, role))
    opened.autocommit = True
    try:
        with opened.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        opened.close()


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """The client programs that came with the server under test."""
    try:
        monkeypatch.setenv("SCRM_PG_BIN", str(postgres_programs().bin_dir))
    except EmbeddedError:
        monkeypatch.delenv("SCRM_PG_BIN", raising=False)
    connection.ensure_connection()
    try:
        program_find("pg_dump", server_major=connection.connection.server_version // 10_000)
    except BackupError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def source() -> str:
    """The test database with a row in every tenant table, for two brands."""
    for _brand in range(2):
        with tenant_scope(new_tenant()):
            kept: dict[str, Any] = {}
            for model in tenant_models():
                row_make(model, kept)
    return str(connection.settings_dict["NAME"])


@pytest.fixture
def database_make() -> Iterator[Callable[[], str]]:
    """Empty databases of the owner's, from template0: without a single mark or grant of ours."""
    made: list[str] = []

    def make() -> str:
        name = f"restored_{os.getpid()}_{len(made)}"
        run("postgres", f'DROP DATABASE IF EXISTS "{name}"')
        run("postgres", f'CREATE DATABASE "{name}" TEMPLATE template0')
        made.append(name)
        return name

    yield make
    for name in made:
        run("postgres", f'DROP DATABASE IF EXISTS "{name}"')


def test_a_restored_database_is_the_same_and_guarded_the_same(
    source: str, database_make: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump, name = tmp_path / "scrm.dump", database_make()
    monkeypatch.setenv("DATABASE_OWNER_URL", url_of(source))
    call_command("backup", str(dump), verbosity=0)
    assert dump.stat().st_mode & 0o077 == 0
    assert manifest_path(dump).stat().st_mode & 0o077 == 0
    assert marked("backup") > 0
    manifest = manifest_read(dump)
    assert all(manifest["rows"][model._meta.db_table] >= 2 for model in tenant_models())

    # Without a superuser everything comes back but the marks, and that is said.
    assert {fault.partition(":")[0] for fault in restore_make(url_of(name), dump)} == {
        "not LEAKPROOF"
    }
    monkeypatch.setenv("DATABASE_OWNER_URL", url_of(name))
    with pytest.raises(CommandError, match="not LEAKPROOF"):
        call_command("restore", str(dump), "--compare")

    # With one, nothing is missing: rows, policies, grants, owners, constraints, marks.
    again = database_make()
    monkeypatch.setenv("DATABASE_OWNER_URL", url_of(again))
    monkeypatch.setenv("DATABASE_SUPERUSER_URL", url_of(again, "postgres"))
    call_command("restore", str(dump), verbosity=0)
    assert restore_faults(url_of(again), manifest) == []
    _walls_hold(again)
    _platform_starts(again)
    _ids_go_on(again)
    _differences_are_told(again, manifest)


def _walls_hold(name: str) -> None:
    """As the app role: nobody's rows without a tenant, one brand's rows with it."""
    table = Job._meta.db_table
    brands = [row[0] for row in run(name, "SELECT id FROM tenants_tenant ORDER BY id")]
    assert run(name, f"SELECT count(*) FROM {table}", "scrm_app") == [(0,)]
    assert run(name, f"SELECT count(DISTINCT tenant_id) FROM {table}")[0][0] >= 2
    for brand in brands[-2:]:
        seen = run(
            name,
            f"SET app.tenant_id = '{brand}'; SELECT array_agg(DISTINCT tenant_id) FROM {table}",
            "scrm_app",
        )
        assert seen == [([brand],)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        run(name, "UPDATE events_auditlog SET action = 'x'", "scrm_app")


def _platform_starts(name: str) -> None:
    environment = process_environment()
    environment["DATABASE_URL"] = url_of(name, "scrm_app")
    code = "import scrm.wsgi, json; from scrm.api.health import _own; print(json.dumps(_own()))"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert set(json.loads(said.stdout.splitlines()[-1]).values()) == {True}


def _ids_go_on(name: str) -> None:
    """The next row gets a fresh id, not one that is taken."""
    last = run(name, "SELECT max(id) FROM tenants_tenant")[0][0]
    fresh = run(name, "SELECT nextval(pg_get_serial_sequence('tenants_tenant', 'id'))")[0][0]
    assert fresh > last


def _differences_are_told(name: str, manifest: dict[str, Any]) -> None:
    """The controls: each kind of loss turns the comparison red."""
    losses = {
        "DELETE FROM events_jobrun WHERE id = (SELECT max(id) FROM events_jobrun)": "rows of events_jobrun",
        "DROP POLICY tenant_isolation ON events_job": "missing: policy events_job",
        "ALTER TABLE events_jobrun DISABLE ROW LEVEL SECURITY": "missing: rls events_jobrun true",
        "REVOKE SELECT ON events_jobrun FROM scrm_app": "missing: grant events_jobrun SELECT",
        "GRANT UPDATE ON events_auditlog TO scrm_app": "not in the back-up: grant events_auditlog",
        "DELETE FROM django_migrations WHERE app = 'events' AND name LIKE '0001%'": "migration",
        "ALTER TABLE events_job DROP CONSTRAINT job_public_id": "missing: constraint events_job",
    }
    for loss, told in losses.items():
        before = restore_faults(url_of(name), manifest)
        run(name, loss)
        fresh = set(restore_faults(url_of(name), manifest)) - set(before)
        assert any(fault.startswith(told) for fault in fresh), (loss, fresh)


def test_what_cannot_be_trusted_is_refused(
    source: str, database_make: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BackupError, match="does not own the schema"):
        backup_make(url_of(source, "scrm_app"), tmp_path / "as-app.dump")
    dump = tmp_path / "scrm.dump"
    backup_make(url_of(source), dump)
    with pytest.raises(BackupError, match="is there already"):
        backup_make(url_of(source), dump)
    with pytest.raises(BackupError, match="restore into an empty one"):
        restore_make(url_of(source), dump)
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(BackupError, match="not the file"):
        restore_make(url_of(database_make()), dump)
    with pytest.raises(BackupError, match="must both be there"):
        restore_make(url_of(source), tmp_path / "nothing.dump")
    with monkeypatch.context() as without:
        without.delenv("DATABASE_OWNER_URL")
        with pytest.raises(CommandError, match="DATABASE_OWNER_URL"):
            call_command("backup", str(tmp_path / "x.dump"))


def test_a_key_that_is_gone_is_told(source: str, tmp_path: Path, settings: Any) -> None:
    dump = tmp_path / "scrm.dump"
    manifest = backup_make(url_of(source), dump)
    settings.SCRM_SECRET_KEYS = ["bmV3LWtleS0wMTIzNDU2Nzg5LTAxMjM0NTY3ODktMDE="]
    faults = restore_faults(url_of(source), manifest)
    assert faults == [f"SCRM_SECRET_KEYS lacks key {manifest['keys'][0]} of then"]


def test_an_older_program_than_the_server_is_not_used() -> None:
    with pytest.raises(BackupError, match="PostgreSQL 99 or newer"):
        program_find("pg_dump", server_major=99)
    assert state.BOOTSTRAP.exists()
