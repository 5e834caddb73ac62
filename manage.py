#!/usr/bin/env python
"""Django's command line. ``DJANGO_SETTINGS_MODULE`` chooses the settings; the demo's are the default."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.demo")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
