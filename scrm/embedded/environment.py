"""The environment variables of the demo's processes."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from scrm.embedded.ports import LOOPBACK
from scrm.embedded.state import Secrets, State

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where people and WeCom's stand-in reach the demo."""

    web_port: int
    sandbox_port: int

    @property
    def web(self) -> str:
        return f"http://{LOOPBACK}:{self.web_port}"

    @property
    def sandbox(self) -> str:
        return f"http://{LOOPBACK}:{self.sandbox_port}"


def data_folder() -> Path:
    """SCRM_DATA, else `var` in the checkout."""
    given = os.environ.get("SCRM_DATA", "")
    return Path(given).expanduser().resolve() if given else ROOT / "var"


def demo_environment(*, folder: Path, state: State, secrets: Secrets) -> dict[str, str]:
    """What every process of the demo is told."""
    addresses = Addresses(web_port=state.web_port, sandbox_port=state.sandbox_port)
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "scrm.settings.demo",
        "SCRM_DATA": str(folder),
        "DATABASE_URL": state.database_url,
        "DATABASE_OWNER_URL": state.database_owner_url,
        "REDIS_URL": state.redis_url,
        "SECRET_KEY": secrets.secret_key,
        "SCRM_SECRET_KEYS": secrets.fernet_key,
        "PUBLIC_BASE_URL": addresses.web,
        "WECOM_BASE_URL": addresses.sandbox,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
