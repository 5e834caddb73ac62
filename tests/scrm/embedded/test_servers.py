from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from scrm.embedded import binaries
from scrm.embedded.errors import EmbeddedError
from scrm.embedded.ports import port_answers, wait_for_silence
from scrm.embedded.postgres import PostgresServer
from scrm.embedded.servers import Servers
from scrm.embedded.state import FolderLock, folder_secrets

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.db]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # pytest's folders are closed to everybody else, which is what a root with a 700 home has too.
    return tmp_path / "data"


@pytest.fixture
def no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def servers(folder: Path, no_given_servers: None) -> Iterator[Servers]:
    made = Servers(folder=folder, throw_away=True)
    made.start()
    yield made
    made.stop()


def _rows(url: str, sql: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()
    finally:
        connection.close()


def test_the_app_role_owns_nothing_and_bypasses_nothing(servers: Servers) -> None:
    roles = _rows(
        servers.database_url,
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles "
        "WHERE rolname IN ('scrm_app', 'scrm_owner') ORDER BY 1",
    )
    assert roles == [("scrm_app", False, False, False), ("scrm_owner", False, False, False)]
    assert _rows(
        servers.database_url,
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'scrm'",
    ) == [("scrm_owner",)]


def test_the_bootstrap_marks_the_search_functions_leakproof_for_every_new_database(
    servers: Servers,
) -> None:
    connection = psycopg2.connect(servers.database_owner_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE later")
    connection.close()
    for url in (servers.database_url, servers.database_url.removesuffix("scrm") + "later"):
        marked = _rows(
            url,
            "SELECT count(*) FROM pg_proc WHERE proleakproof AND oid IN ("
            "'lower(text)'::regprocedure, 'textlike(text,text)'::regprocedure, "
            "'texticlike(text,text)'::regprocedure, 'jsonb_contains(jsonb,jsonb)'::regprocedure, "
            "'timestamptz_ge_date(timestamptz,date)'::regprocedure)",
        )
        assert marked == [(5,)]


def test_what_the_owner_makes_the_app_may_use_but_not_drop(servers: Servers) -> None:
    connection = psycopg2.connect(servers.database_owner_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE thing (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
    connection.close()
    app = psycopg2.connect(servers.database_url)
    app.autocommit = True
    with app.cursor() as cursor:
        cursor.execute("INSERT INTO thing (name) VALUES ('a')")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("DROP TABLE thing")
    app.close()


def test_servers_listen_on_loopback_only_and_leave_no_port(
    folder: Path, no_given_servers: None
) -> None:
    servers = Servers(folder=folder, throw_away=True)
    servers.start()
    assert servers.postgres is not None
    assert servers.valkey is not None
    addresses = _rows(
        servers.postgres.url(role="postgres"),
        "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')",
    )
    ports = [servers.postgres.port, servers.valkey.port]
    servers.stop()
    assert addresses == [("127.0.0.1", "")]
    assert [wait_for_silence(port, 1.0) for port in ports] == [True, True]


def test_a_second_start_finds_the_data_again(folder: Path, no_given_servers: None) -> None:
    first = Servers(folder=folder, throw_away=True)
    first.start()
    connection = psycopg2.connect(first.database_owner_url)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    connection.close()
    first.stop()
    second = Servers(folder=folder, throw_away=True)
    second.start()
    try:
        assert _rows(second.database_url, "SELECT seven FROM kept") == [(7,)]
    finally:
        second.stop()


def test_servers_that_are_given_are_used_and_never_started(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db.invalid/x")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://owner@db.invalid/x")
    monkeypatch.setenv("REDIS_URL", "redis://broker.invalid/0")
    servers = Servers(folder=folder)
    servers.start()
    assert (servers.postgres, servers.valkey) == (None, None)
    assert servers.database_url == "postgres://app@db.invalid/x"


def test_a_given_database_without_its_owner_is_refused_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db.invalid/x")
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    with pytest.raises(EmbeddedError, match="DATABASE_OWNER_URL"):
        Servers(folder=folder).start()


def test_data_of_another_major_version_is_refused(folder: Path) -> None:
    data = folder / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 9"):
        PostgresServer(folder=folder).start()


def test_without_any_program_the_error_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_bundled_postgres", lambda: None)
    monkeypatch.setattr(binaries, "_system_postgres", lambda: None)
    with pytest.raises(EmbeddedError, match="DATABASE_URL") as caught:
        binaries.postgres_programs()
    assert "\n" not in str(caught.value)


def test_an_unknown_choice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRM_EMBEDDED", "sqlite")
    with pytest.raises(EmbeddedError, match="use bundled or system"):
        binaries.choice()


def test_two_launchers_do_not_share_a_folder(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.acquire()
    with pytest.raises(EmbeddedError, match=str(os.getpid())):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    made = folder_secrets(tmp_path)
    assert folder_secrets(tmp_path) == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_killed_launcher_takes_its_servers_along(folder: Path, no_given_servers: None) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from scrm.embedded.servers import Servers\n"
        "servers = Servers(folder=Path(sys.argv[1]), throw_away=True); servers.start()\n"
        "print(servers.postgres.port, servers.valkey.port, flush=True); time.sleep(60)\n"
    )
    launcher = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert launcher.stdout is not None
    ports = [int(port) for port in launcher.stdout.readline().split()]
    assert [port_answers(port) for port in ports] == [True, True]
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    launcher.stdout.close()
    # The kernel's message reaches a server without its own user; one that changed user is met at the next start.
    wait_for_silence(ports[0], 5.0)
    time.sleep(0.1)
    again = Servers(folder=folder, throw_away=True)
    again.start()
    again.stop()
    assert [wait_for_silence(port, 5.0) for port in ports] == [True, True]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_root_runs_postgres_as_somebody_else(servers: Servers) -> None:
    assert servers.postgres is not None
    assert servers.postgres.process is not None
    assert servers.postgres.identity is not None
    assert servers.postgres.identity.drops
    status = Path(f"/proc/{servers.postgres.process.pid}/status").read_text()
    uid = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[2]
    assert uid != "0" or servers.postgres.identity.prefix  # a user namespace shows our own uid
