"""One PostgreSQL cluster in one folder: made, started, told its roles, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from scrm.embedded.binaries import PostgresPrograms, postgres_programs, reachable_copy
from scrm.embedded.errors import EmbeddedError
from scrm.embedded.identity import Identity, die_with_parent, server_identity
from scrm.embedded.ports import LOOPBACK, free_port, wait_for_silence

BOOTSTRAP = Path(__file__).with_name("bootstrap.sql")
DATABASE = "scrm"
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_TRIES = 3
_ALWAYS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",
    "log_min_duration_statement": "2000",
}
# A crash may lose the cluster: only for data that is thrown away anyway.
_THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(kw_only=True)
class PostgresServer:
    """A cluster below `folder`; `throw_away` trades durability for speed."""

    folder: Path
    throw_away: bool = False
    port: int = 0
    programs: PostgresPrograms | None = None
    identity: Identity | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def url(self, *, role: str, database: str = DATABASE) -> str:
        return f"postgres://{role}@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        """Bring the cluster up on a free port with its roles and its database."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.identity = server_identity(self.folder)
        self.programs = reachable_copy(
            postgres_programs(), identity=self.identity, beside=self.folder
        )
        self._check_major(self.programs)
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.data.chmod(0o700)
        self.identity.own(self.data)
        self._stop_orphan()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(self.programs, self.identity)
        for attempt in range(_TRIES):
            self.port = free_port()
            if self._launch(self.programs, self.identity):
                break
            if attempt == _TRIES - 1:
                raise EmbeddedError(
                    f"PostgreSQL did not start ({self._last_line()}): see {self.log}"
                )
        self._bootstrap()

    def stop(self) -> None:
        """Stop quickly but cleanly, and wait until it is gone."""
        process, self.process = self.process, None
        if process is None:
            return
        for number, seconds in (
            (signal.SIGINT, _STOP_SECONDS),
            (signal.SIGQUIT, 5.0),
            (signal.SIGKILL, 5.0),
        ):
            if process.poll() is None:
                process.send_signal(number)
            try:
                process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        wait_for_silence(self.port, 2.0)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _check_major(self, programs: PostgresPrograms) -> None:
        version_file = self.data / "PG_VERSION"
        if not version_file.exists():
            return
        has = version_file.read_text().strip()
        if has != str(programs.major):
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {has}, this is {programs.major}: "
                "move that folder away, or set SCRM_EMBEDDED or DATABASE_URL"
            )

    def _stop_orphan(self) -> None:
        """End a server that a killed launcher left behind in this very folder."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n", 1)[0] or 0)
        command = Path(f"/proc/{pid}/cmdline")
        if pid > 1 and command.exists() and str(self.data).encode() in command.read_bytes():
            _signal(pid, signal.SIGINT)
            end = time.monotonic() + _STOP_SECONDS
            while command.exists() and time.monotonic() < end:
                time.sleep(0.05)

    def _initialise(self, programs: PostgresPrograms, identity: Identity) -> None:
        command = [
            programs.program("initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust",
            "-E", "UTF8", "--locale=C.UTF-8",
        ]  # fmt: skip
        if self.throw_away:
            command.append("--no-sync")
        said = identity.run(command, env=_environment())
        if said.returncode != 0:
            reason = (said.stderr.strip() or said.stdout.strip() or "no message").splitlines()[-1]
            raise EmbeddedError(
                f"initdb failed ({reason}): set DATABASE_URL to a server of your own"
            )

    def _launch(self, programs: PostgresPrograms, identity: Identity) -> bool:
        options = {**_ALWAYS, **(_THROW_AWAY if self.throw_away else {}), "port": str(self.port)}
        command = [*identity.prefix, programs.program("postgres"), "-D", str(self.data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,
                preexec_fn=die_with_parent(),  # noqa: PLW1509  - no threads are running yet
                **identity.popen_arguments(),
            )
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                return False
            try:
                psycopg2.connect(self.url(role="postgres", database="postgres")).close()
            except psycopg2.OperationalError:
                time.sleep(0.05)
            else:
                return True
        self.stop()
        return False

    def _bootstrap(self) -> None:
        """Roles, default rights and the LEAKPROOF list; in template1 too, so that test databases have them."""
        script = BOOTSTRAP.read_text(encoding="utf-8")
        _execute(self.url(role="postgres", database="template1"), script)
        if not self._database_exists():
            _execute(
                self.url(role="postgres", database="postgres"),
                f"CREATE DATABASE {DATABASE} OWNER scrm_owner",
            )
        _execute(self.url(role="postgres"), script)

    def _database_exists(self) -> bool:
        connection = psycopg2.connect(self.url(role="postgres", database="postgres"))
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                return cursor.fetchone() is not None
        finally:
            connection.close()

    def _last_line(self) -> str:
        lines = (
            self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        )
        return lines[-1] if lines else "no message"


def _environment() -> dict[str, str]:
    """As little as the server needs: nothing of the caller's PG* variables."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _execute(url: str, sql: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    finally:
        connection.close()


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
