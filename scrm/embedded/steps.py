"""What must be done once before the platform runs, and again only when its sources change."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from scrm.embedded.environment import ROOT
from scrm.embedded.errors import EmbeddedError

_SKIPPED = {".venv", ".git", "var", "node_modules", "tests"}


@dataclass(kw_only=True)
class Step:
    """A command that need not run again while its mark says that it ran on these very sources."""

    name: str
    command: list[str]
    environment: dict[str, str]
    mark: Path
    sources: list[Path]
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the command if it is needed."""
        digest = _digest(self.sources)
        if self.mark.exists() and self.mark.read_text(encoding="utf-8") == digest:
            return
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def finish(self) -> bool:
        """Wait for it; True when it ran. A failure is one line with the command's last words."""
        if self.process is None:
            return False
        said, _ = self.process.communicate()
        if self.process.returncode != 0:
            words = (said.strip() or "no message").splitlines()[-1]
            raise EmbeddedError(f"{self.name} failed: {words}")
        self.mark.parent.mkdir(parents=True, exist_ok=True)
        self.mark.write_text(_digest(self.sources), encoding="utf-8")
        return True


def run_together(*steps: Step) -> list[str]:
    """Run the steps side by side; the names of those that had to run. None is left running."""
    try:
        for step in steps:
            step.start()
        return [step.name for step in steps if step.finish()]
    finally:
        for step in steps:
            if step.process is not None and step.process.poll() is None:
                step.process.kill()
                step.process.communicate()


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
