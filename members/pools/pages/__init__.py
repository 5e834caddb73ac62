"""Page 43: pools with flows and progress, the first screening, moves, and core actions."""

from __future__ import annotations

from members.pools.pages import actions, moving, overview, screening

__all__ = ["actions", "moving", "overview", "screening"]
