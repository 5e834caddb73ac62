"""Who runs PostgreSQL: it refuses uid 0, so root hands it to another user."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from scrm.embedded.errors import EmbeddedError

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CANDIDATES = ("postgres", "nobody")
_MAY_NOT_RUN = 126


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The user a server runs as; `prefix` is a command that changes to it where setuid alone is not enough."""

    uid: int
    gid: int
    name: str
    drops: bool
    prefix: tuple[str, ...] = ()

    def popen_arguments(self) -> dict[str, Any]:
        """What subprocess needs to start a program as this user."""
        if not self.drops or self.prefix:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(self, command: list[str], **kwargs: Any) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this user and return what it said."""
        whole = [*self.prefix, *command]
        try:
            return subprocess.run(
                whole,
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
                cwd="/",
                **self.popen_arguments(),
                **kwargs,
            )
        except PermissionError as refused:
            return subprocess.CompletedProcess(whole, _MAY_NOT_RUN, "", str(refused))

    def may_enter(self, folder: Path) -> bool:
        """True when this user reaches the folder through all its parents."""
        return (
            self.run(
                ["/bin/sh", "-c", 'test -x "$1" && test -r "$1"', "sh", str(folder)]
            ).returncode
            == 0
        )

    def own(self, folder: Path) -> None:
        """Give the folder, and what is in it if it had another owner, to this user."""
        if os.geteuid() != 0 or folder.stat().st_uid == self.uid:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_identity(folder: Path) -> Identity:
    """The user for a server whose files lie below `folder`: oneself, or what root can drop to.

    Root drops to `postgres`, else `nobody`. Where that user cannot reach the folder (a 700 home above it), a user
    namespace or a capability lets a non-root process in without touching any parent folder's mode.
    """
    if os.geteuid() != 0:
        return Identity(uid=os.geteuid(), gid=os.getegid(), name=_own_name(), drops=False)
    dropped = _first_candidate()
    folder.chmod(0o711 | (folder.stat().st_mode & 0o777))
    for identity in (dropped, *_last_resorts(dropped)):
        if identity.may_enter(folder):
            return identity
    raise EmbeddedError(
        f"PostgreSQL will not run as root and user {dropped.name} cannot reach {folder}: "
        "set SCRM_DATA to a folder it can reach, or DATABASE_URL to a server of your own"
    )


def die_with_parent(number: signal.Signals = signal.SIGINT) -> Callable[[], object]:
    """A `preexec_fn`: the child gets this signal when the launcher dies, so nothing is left running."""
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    if prctl is None:
        return _nothing
    return partial(prctl, _PR_SET_PDEATHSIG, int(number))


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent ends, so that they can be waited for."""
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_CHILD_SUBREAPER, 1)


def reap_orphans(*, seconds: float) -> None:
    """Wait for every process that is ours and has ended or is about to."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.02)


def _nothing() -> None:
    """Stand-in where the system has no prctl."""


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _first_candidate() -> Identity:
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(uid=entry.pw_uid, gid=entry.pw_gid, name=name, drops=True)
    raise EmbeddedError(
        "root needs a user postgres or nobody for PostgreSQL: add one, or set DATABASE_URL"
    )


def _last_resorts(dropped: Identity) -> list[Identity]:
    """Two ways past a closed parent folder, both of which leave no trace."""
    found = []
    if (unshare := shutil.which("unshare")) is not None:
        prefix: tuple[str, ...] = (unshare, "--user", "--map-user=65534", "--map-group=65534")
        found.append(Identity(uid=0, gid=0, name="a user namespace", drops=True, prefix=prefix))
    if (setpriv := shutil.which("setpriv")) is not None:
        capability = "+dac_override"
        prefix = (
            setpriv, f"--reuid={dropped.uid}", f"--regid={dropped.gid}", "--clear-groups",
            f"--inh-caps={capability}", f"--ambient-caps={capability}",
        )  # fmt: skip
        found.append(
            Identity(uid=dropped.uid, gid=dropped.gid, name=dropped.name, drops=True, prefix=prefix)
        )
    return found
