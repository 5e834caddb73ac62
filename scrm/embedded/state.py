"""The data folder: who uses it now, where its servers listen, and the secrets made for it once."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from io import TextIOWrapper
from pathlib import Path

from scrm.embedded.errors import EmbeddedError


@dataclass(frozen=True, kw_only=True)
class State:
    """What a second terminal needs to reach the running servers."""

    pid: int
    database_url: str
    database_owner_url: str
    redis_url: str
    web_port: int
    sandbox_port: int


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Keys of this folder's data; losing them makes its encrypted columns unreadable."""

    secret_key: str
    fernet_key: str


class FolderLock:
    """Held by the one launcher that uses a data folder; the kernel drops it if the launcher dies."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "launcher.pid"
        self._file: TextIOWrapper | None = None

    def acquire(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise EmbeddedError(
                f"{self._path.parent} is in use by process {holder}: stop it, or set SCRM_DATA to another folder"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            self._file.close()
            self._file = None


def state_write(folder: Path, state: State) -> None:
    """Publish the running servers' addresses."""
    (folder / "state.json").write_text(json.dumps(asdict(state), indent=2), encoding="utf-8")


def state_read(folder: Path) -> State | None:
    """The running servers' addresses, or None when nothing runs."""
    path = folder / "state.json"
    if not path.exists():
        return None
    return State(**json.loads(path.read_text(encoding="utf-8")))


def state_clear(folder: Path) -> None:
    """Say that nothing runs any more."""
    (folder / "state.json").unlink(missing_ok=True)


def folder_secrets(folder: Path) -> Secrets:
    """The folder's own keys, made at the first start and readable by its owner only."""
    path = folder / "secrets.json"
    if not path.exists():
        made = Secrets(
            secret_key=secrets.token_urlsafe(50),
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(made), file)
    return Secrets(**json.loads(path.read_text(encoding="utf-8")))
