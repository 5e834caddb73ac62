"""What can go wrong before there is a platform to report it."""

from __future__ import annotations


class EmbeddedError(Exception):
    """A start that cannot go on; the message is one line and says what to do."""
