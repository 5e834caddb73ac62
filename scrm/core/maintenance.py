"""Closed for maintenance: by setting, or by a file that can be laid down while everything runs.

`touch $MAINTENANCE_FILE` closes the house without a restart and without a database; a line in it tells
people until when. Removing the file opens it again.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

RETRY_AFTER_SECONDS = 120
_LONGEST = 200


def maintenance_words() -> str | None:
    """What people are told, possibly nothing, while the house is closed; None while it is open."""
    if getattr(settings, "MAINTENANCE", False):
        return ""
    name = getattr(settings, "MAINTENANCE_FILE", "")
    if not name:
        return None
    try:
        with Path(name).open(encoding="utf-8", errors="replace") as file:
            return file.readline(_LONGEST).strip()
    except FileNotFoundError:
        return None
    except OSError:  # there, but not for us to read
        return ""
