"""What must be done once before the platform runs, and again only when its sources change."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

from scrm.embedded.environment import ROOT
from scrm.embedded.errors import EmbeddedError

_SKIPPED = {".venv", ".git", "var", "node_modules", "tests"}


def step(
    name: str,
    command: list[str],
    *,
    environment: dict[str, str],
    mark: Path,
    sources: Iterable[Path],
) -> bool:
    """Run the command unless the mark says that it ran on these very sources; True when it ran."""
    digest = _digest(sources)
    if mark.exists() and mark.read_text(encoding="utf-8") == digest:
        return False
    said = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode != 0:
        words = (said.stderr.strip() or said.stdout.strip() or "no message").splitlines()[-1]
        raise EmbeddedError(f"{name} failed: {words}")
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(digest, encoding="utf-8")
    return True


def sources(pattern: str) -> list[Path]:
    """Files of the checkout that match, leaving out what is not ours."""
    found: list[Path] = []
    for folder in sorted(ROOT.iterdir()):
        if folder.is_dir() and folder.name not in _SKIPPED and not folder.name.startswith(".venv"):
            found += (path for path in folder.glob(pattern) if path.is_file())
    return sorted(found)


def _digest(files: Iterable[Path]) -> str:
    summed = hashlib.sha256()
    for path in files:
        status = path.stat()
        summed.update(f"{path.relative_to(ROOT)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return summed.hexdigest()
