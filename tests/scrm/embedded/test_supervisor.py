from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from scrm.embedded.environment import ROOT
from scrm.embedded.errors import EmbeddedError
from scrm.embedded.ports import free_port, port_answers, port_is_free
from scrm.embedded.state import state_read
from scrm.embedded.steps import Step, run_together
from scrm.embedded.supervisor import Child, Supervisor

_READY_SECONDS = 170.0


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(say=said.append)
    yield made
    made.stop()


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., Child]:
    def make(code: str, **more: object) -> Child:
        return Child(
            name="program",
            command=[sys.executable, "-c", code],
            log=tmp_path / "program.log",
            environment=dict(os.environ),
            folder=tmp_path,
            **more,
        )

    return make


def _look_until(supervisor: Supervisor, done: Callable[[], bool]) -> bool:
    alive = True
    end = time.monotonic() + 10
    while alive and not done() and time.monotonic() < end:
        alive = supervisor.look()
        time.sleep(0.05)
    return alive


def test_a_crashed_program_is_reported_in_one_line_and_started_again(
    supervisor: Supervisor, said: list[str], child: Callable[..., Child], tmp_path: Path
) -> None:
    mark = tmp_path / "second"
    code = (
        "import pathlib, time; mark = pathlib.Path('second')\n"
        "if mark.exists(): time.sleep(60)\n"
        "mark.touch(); raise ValueError('no luck')"
    )
    program = supervisor.add(child(code))
    assert _look_until(supervisor, lambda: bool(said))
    assert said == ["program stopped (exit 1): ValueError: no luck - restarting"]
    assert mark.exists()
    assert program.code() is None


def test_a_program_that_keeps_crashing_ends_the_whole(
    supervisor: Supervisor, said: list[str], child: Callable[..., Child]
) -> None:
    supervisor.add(child("raise SystemExit(3)"))
    assert not _look_until(supervisor, lambda: False)
    assert len(said) == 4
    assert "giving up" in said[-1]


def test_a_program_meant_to_end_is_not_started_again(
    supervisor: Supervisor, said: list[str], child: Callable[..., Child]
) -> None:
    supervisor.add(child("print('all there')", once=True))
    assert _look_until(supervisor, lambda: bool(said))
    assert said == ["program: done"]


def test_stopping_ends_children_of_children_that_ignore_the_signal(
    supervisor: Supervisor, child: Callable[..., Child], tmp_path: Path
) -> None:
    code = (
        "import os, pathlib, signal, time\n"
        "if os.fork() == 0:\n"
        "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "    pathlib.Path('grandchild').write_text(str(os.getpid()))\n"
        "time.sleep(60)"
    )
    supervisor.add(child(code))
    pid_file = tmp_path / "grandchild"
    end = time.monotonic() + 10
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    pid = int(pid_file.read_text())
    supervisor.stop()
    assert _gone({pid}, seconds=3) == set()


def test_a_step_is_repeated_only_when_its_sources_change(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    source = ROOT / "pyproject.toml"

    def ran(*sources: Path) -> list[str]:
        return run_together(
            Step(
                name="count",
                command=[sys.executable, "-c", ""],
                environment={},
                mark=mark,
                sources=list(sources),
            )
        )

    assert [ran(source), ran(source), ran(source, ROOT / "Makefile")] == [["count"], [], ["count"]]


def test_a_step_that_fails_is_one_line(tmp_path: Path) -> None:
    failing = Step(
        name="migrate",
        command=[sys.executable, "-c", "raise ValueError('no such table')"],
        environment={},
        mark=tmp_path / "mark",
        sources=[],
    )
    with pytest.raises(EmbeddedError, match=r"^migrate failed: ValueError: no such table$"):
        run_together(failing)


def _gone(pids: set[int], *, seconds: float) -> set[int]:
    """The processes that still run after waiting for them to go."""
    end = time.monotonic() + seconds
    left = {pid for pid in pids if _runs(pid)}
    while left and time.monotonic() < end:
        time.sleep(0.1)
        left = {pid for pid in left if _runs(pid)}
    return left


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_until_ready(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout is not None
    told = ""
    for line in demo.stdout:
        told += line
        if "ready after" in line:
            return told
    return told


def _listening(pids: set[int]) -> set[int]:
    found = set()
    for pid in pids:
        for connection in psutil.Process(pid).net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN:
                found.add(connection.laddr.port)
    return found


@pytest.mark.slow
@pytest.mark.race
def test_the_demo_starts_and_ctrl_c_leaves_no_process_and_no_port(tmp_path: Path) -> None:
    given = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    environment = {key: value for key, value in os.environ.items() if key not in given}
    folder = tmp_path / "var"
    demo = subprocess.Popen(
        [sys.executable, "-m", "scrm.embedded.demo"],
        cwd=ROOT,
        env={
            **environment,
            "SCRM_DATA": str(folder),
            "SCRM_PORT": str(free_port()),
            "SCRM_SANDBOX_PORT": str(free_port()),
            "SCRM_DEMO_DATA": "0",
            "HOME": str(tmp_path / "nowhere"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        told = _wait_until_ready(demo)
        assert "ready after" in told, told
        family = {child.pid for child in psutil.Process(demo.pid).children(recursive=True)}
        ports = _listening(family)
        state = state_read(folder)
        assert state is not None
        assert {state.web_port, state.sandbox_port} <= ports
        assert port_answers(state.web_port)
        demo.send_signal(signal.SIGINT)
        demo.wait(60)
        rest = demo.stdout.read() if demo.stdout else ""
        assert demo.returncode == 0, rest
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()
        if demo.stdout is not None:
            demo.stdout.close()
    assert {pid for pid in family if psutil.pid_exists(pid)} == set()
    assert {port for port in ports if not port_is_free(port)} == set()
    assert state_read(folder) is None
    assert not (tmp_path / "nowhere").exists()
