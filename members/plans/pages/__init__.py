"""Page 14 of the console: paid plans, what they bring in, and every term that was sold."""

from __future__ import annotations

from members.plans.pages import changing, overview, selling

__all__ = ["changing", "overview", "selling"]
