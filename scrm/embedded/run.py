"""Run a command beside the running demo: `python -m scrm.embedded.run python manage.py shell`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from scrm.embedded.environment import data_folder, demo_environment
from scrm.embedded.state import folder_secrets, state_read


def main() -> NoReturn:
    """Replace this process by the command, with the demo's environment."""
    folder = data_folder()
    state = state_read(folder)
    command = sys.argv[1:]
    if state is None or not command:
        sys.exit("no demo is running here: start one with `make demo`")
    environment = demo_environment(folder=folder, state=state, secrets=folder_secrets(folder))
    os.execvpe(command[0], command, environment)  # noqa: S606 - that is what it is for


if __name__ == "__main__":
    main()
