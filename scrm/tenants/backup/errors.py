"""Why there is no back-up, or no restored database."""

from __future__ import annotations


class BackupError(Exception):
    """Said in one line to whoever runs the command."""
