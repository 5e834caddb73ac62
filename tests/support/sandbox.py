"""A running WeCom sandbox for tests: in a thread, or as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scrm.wecom.sandbox.control import SandboxControl
from scrm.wecom.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@contextmanager
def sandbox_in_thread(folder: Path) -> Iterator[SandboxControl]:
    """A sandbox on a free port, with quick callback retries."""
    with SandboxServer(folder) as server:
        control = SandboxControl(server.base_url)
        control.switch(retry_interval=0.05, callback_timeout=1.0)
        yield control


@contextmanager
def sandbox_process(folder: Path, *, port: int = 0) -> Iterator[SandboxControl]:
    """A sandbox outside this process, for tests that kill or fork things."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scrm.wecom.sandbox", "--port", str(port), "--data", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        control = SandboxControl(line.removeprefix("wecom sandbox: ").strip())
        control.wait_until_ready()
        control.switch(retry_interval=0.05)
        yield control
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


@pytest.fixture(scope="session")
def _sandbox_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxControl]:
    with sandbox_in_thread(tmp_path_factory.mktemp("sandbox")) as control:
        yield control


@pytest.fixture
def wecom_sandbox(_sandbox_session: SandboxControl) -> Iterator[SandboxControl]:
    """An empty, healthy sandbox; `wecom_sandbox.base_url` is what WECOM_BASE_URL should say."""
    _sandbox_session.reset()
    _sandbox_session.switch(retry_interval=0.05, callback_timeout=1.0)
    yield _sandbox_session
    _sandbox_session.reset()
