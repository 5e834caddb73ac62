"""`make demo`: servers, schema, data, every process of the platform, and one Ctrl-C that ends them all."""

from __future__ import annotations

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from scrm.embedded.environment import ROOT, Addresses, data_folder, demo_environment
from scrm.embedded.errors import EmbeddedError
from scrm.embedded.identity import adopt_orphans, reap_orphans
from scrm.embedded.ports import LOOPBACK, free_port
from scrm.embedded.servers import Servers
from scrm.embedded.state import FolderLock, State, folder_secrets, state_clear, state_write
from scrm.embedded.steps import Step, run_together, sources
from scrm.embedded.supervisor import Child, Supervisor

_WEB_PORT = 8000
_SANDBOX_PORT = 8010
_WEB_SECONDS = 90.0
_LOGIN_SECONDS = 120.0
_REAP_SECONDS = 2.0
_BACKGROUND_NICE = 5
# Queues share processes here to save memory; production runs one service per queue (docker-compose.yml).
WORKERS = {
    "worker-fast": ("welcome,callbacks", 2),
    "worker-push": ("push,webhooks", 2),
    "worker-sweep": ("sweep", 1),
    "worker-rest": ("events,nightly,default", 2),
}
# Assets of packages whose pages we do not show; compressing them takes longer than ours.
NOT_COLLECTED = ("--ignore=rest_framework", "--ignore=django_htmx")


class StopRequestedError(Exception):
    """Ctrl-C, SIGTERM or a closed terminal."""


@dataclass(kw_only=True)
class Demo:
    """The whole demo in one data folder."""

    folder: Path
    started: float = field(default_factory=time.monotonic)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.servers = Servers(folder=self.folder)
        self.supervisor = Supervisor(say=say)
        self.loader: Child | None = None
        self.addresses = Addresses(
            web_port=_chosen_port("SCRM_PORT", _WEB_PORT),
            sandbox_port=_chosen_port("SCRM_SANDBOX_PORT", _SANDBOX_PORT),
        )

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    def run(self) -> int:
        """Start all, watch until told to stop; the exit code."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._start_servers()
        self._prepare()
        self._start_web()
        self._load_data()
        self._start_background()
        self._announce()
        while self.supervisor.look():
            if (name := self.servers.dead()) is not None:
                say(f"{name} stopped by itself - see {self.folder}")
                return 1
            time.sleep(0.3)
        return 1

    def stop(self) -> None:
        """Leave no process and no port."""
        self.supervisor.stop()
        self.servers.stop()
        reap_orphans(seconds=_REAP_SECONDS)
        state_clear(self.folder)

    def _start_servers(self) -> None:
        self.servers.start()
        state = State(
            pid=os.getpid(),
            database_url=self.servers.database_url,
            database_owner_url=self.servers.database_owner_url,
            redis_url=self.servers.redis_url,
            web_port=self.addresses.web_port,
            sandbox_port=self.addresses.sandbox_port,
        )
        secrets = folder_secrets(self.folder)
        state_write(self.folder, state)
        self.environment = demo_environment(folder=self.folder, state=state, secrets=secrets)
        del self.environment["DATABASE_OWNER_URL"]  # nobody but the migration may change tables
        say(f"servers are up ({self._age():.1f} s)")

    def _prepare(self) -> None:
        """Schema and assets, both skipped when their sources have not changed since the last start."""
        ours = self.servers.postgres
        mark = ours.data if ours is not None else self.folder / "unmarked" / str(os.getpid())
        manage = [sys.executable, "manage.py"]
        ran = run_together(
            Step(
                name="migrate",
                command=[*manage, "migrate", "--noinput", "--verbosity=0"],
                environment={
                    **self.environment,
                    "DATABASE_OWNER_URL": self.servers.database_owner_url,
                },
                mark=mark / "migrated",
                sources=sources("**/migrations/*.py"),
            ),
            Step(
                name="collectstatic",
                command=[*manage, "collectstatic", "--noinput", "--verbosity=0", *NOT_COLLECTED],
                environment=self.environment,
                mark=self.folder / "static.mark",
                sources=sources("**/static/**/*"),
            ),
        )
        if ran:
            say(f"schema and assets are up to date ({self._age():.1f} s)")

    def _start_web(self) -> None:
        self._add(
            "web",
            "-m", "granian", "--interface", "wsgi", "--host", LOOPBACK,
            "--port", str(self.addresses.web_port), "--workers", "2", "--blocking-threads", "8",
            "--no-ws", "scrm.wsgi:application",
        )  # fmt: skip
        self._add(
            "sandbox",
            "manage.py", "wecom_sandbox", "--port", str(self.addresses.sandbox_port),
            "--data", str(self.folder / "sandbox"),
        )  # fmt: skip

    def _load_data(self) -> None:
        """Start the import, which binds WeCom and so needs both doors open; it goes on while people look around."""
        self._wait_for(self.addresses.sandbox, "sandbox")
        self._wait_for(f"{self.addresses.web}/console/sign-in/", "web")
        if _data_wanted():
            self.loader = self._add("demo data", "manage.py", "demo_load", once=True)

    def _start_background(self) -> None:
        self._add("relay", "manage.py", "relay")
        for name, (queues, processes) in WORKERS.items():
            self._add(
                name,
                "-m", "celery", "-A", "scrm.celery", "worker", "-Q", queues, "-c", str(processes),
                "-n", f"{name}@demo", "--without-gossip", "--without-mingle", "-l", "warning",
                niceness=_BACKGROUND_NICE,
            )  # fmt: skip
        self._add(
            "beat",
            "-m", "celery", "-A", "scrm.celery", "beat", "-S", "redbeat.RedBeatScheduler",
            "--pidfile=", "-l", "warning",
            niceness=_BACKGROUND_NICE,
        )  # fmt: skip

    def _announce(self) -> None:
        logins = self._logins()
        say("")
        say(f"  console   {self.addresses.web}/console/")
        say(f"  sandbox   {self.addresses.sandbox}/   (play the customer and the staff member)")
        say(f"  API       {self.addresses.web}/api/v1/")
        for line in logins:
            say(f"  {line}")
        say("")
        say(f"ready after {self._age():.1f} s; logs in {self.logs}; Ctrl-C stops everything")

    def _logins(self) -> list[str]:
        """What the import wrote for people to sign in with, once the first tenant stands."""
        path = self.folder / "logins.txt"
        end = time.monotonic() + _LOGIN_SECONDS
        while self.loader is not None and not path.exists() and time.monotonic() < end:
            if self.loader.code() is not None:
                break
            if not self.supervisor.look():
                raise EmbeddedError("the demo could not be kept running, see above")
            time.sleep(0.2)
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def _wait_for(self, url: str, name: str) -> None:
        end = time.monotonic() + _WEB_SECONDS
        while not _answers(url):
            if not self.supervisor.look():
                raise EmbeddedError(f"{name} could not be started, see {self.logs}")
            if time.monotonic() > end:
                raise EmbeddedError(f"{name} does not answer at {url}, see {self.logs}")
            time.sleep(0.2)

    def _add(self, name: str, *arguments: str, once: bool = False, niceness: int = 0) -> Child:
        child = Child(
            name=name,
            command=[sys.executable, *arguments],
            log=self.logs / f"{name.replace(' ', '_')}.log",
            environment=self.environment,
            folder=ROOT,
            once=once,
            niceness=niceness,
        )
        return self.supervisor.add(child)

    def _age(self) -> float:
        return time.monotonic() - self.started


def say(line: str) -> None:
    """One line on the terminal; a closed terminal is no reason to stop half-way through stopping."""
    try:
        print(line, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def main() -> int:
    """Run the demo until a signal; 0 when it was asked to stop."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _request_stop)
    adopt_orphans()
    folder = data_folder()
    lock = FolderLock(folder)
    demo: Demo | None = None
    try:
        lock.acquire()
        demo = Demo(folder=folder)
        return demo.run()
    except StopRequestedError:
        say("stopping ...")
        return 0
    except EmbeddedError as refused:
        print(f"demo: {refused}", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if demo is not None:
            demo.stop()
            lock.release()


def _request_stop(_number: int, _frame: FrameType | None) -> None:
    raise StopRequestedError


def _data_wanted() -> bool:
    """False when the demo is to start empty."""
    return os.environ.get("SCRM_DEMO_DATA", "1") != "0" and (ROOT / "demo").exists()


def _chosen_port(variable: str, usual: int) -> int:
    given = os.environ.get(variable, "")
    if not given:
        return free_port(usual)
    if not given.isdigit() or free_port(int(given)) != int(given):
        raise EmbeddedError(f"{variable}={given} is not a free port: choose another")
    return int(given)


def _answers(url: str) -> bool:
    """True when the server has an answer that is not its own failure."""
    try:
        with urllib.request.urlopen(url, timeout=2.0):  # noqa: S310 - our own loopback address
            return True
    except urllib.error.HTTPError as refused:
        return refused.code < 500  # noqa: PLR2004 - a refusal is an answer
    except OSError:
        return False


if __name__ == "__main__":
    raise SystemExit(main())
