"""Running the sandbox as a process: print the address, serve until told to stop."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from scrm.wecom.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

PRODUCTION = "scrm.settings.production"


class ProductionError(Exception):
    """The sandbox plays WeCom; a production installation has the real one."""


def refuse_production(settings_module: str) -> None:
    """Raise under production settings."""
    if settings_module == PRODUCTION or settings_module.endswith(".production"):
        raise ProductionError("企业微信沙箱不能在生产配置下启动")


def run(*, folder: Path, port: int) -> int:
    """Serve until SIGTERM or SIGINT; 1 with one line when it cannot start."""
    try:
        refuse_production(os.environ.get("DJANGO_SETTINGS_MODULE", ""))
        server = SandboxServer(folder, port=port)
    except (ProductionError, OSError) as error:
        sys.stderr.write(f"wecom sandbox: {error}\n")
        return 1
    signal.signal(signal.SIGTERM, _stop)
    sys.stdout.write(f"wecom sandbox: {server.base_url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
