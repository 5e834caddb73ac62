"""Page 12: doubts about identities, merges and splits, and the nightly report."""

from __future__ import annotations

from members.identity.pages import doubts, merges, report

__all__ = ["doubts", "merges", "report"]
