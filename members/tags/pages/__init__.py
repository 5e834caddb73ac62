"""Page 21 of the console: tags by kind and group, one tag, and what changes it."""

from __future__ import annotations

from members.tags.pages import changing, defining, listing, showing

__all__ = ["changing", "defining", "listing", "showing"]
