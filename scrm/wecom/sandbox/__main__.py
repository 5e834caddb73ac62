"""python -m scrm.wecom.sandbox --port N --data DIR: the sandbox without Django."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scrm.wecom.sandbox.run import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="scrm.wecom.sandbox")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    return run(folder=options.data, port=options.port)


if __name__ == "__main__":
    sys.exit(main())
