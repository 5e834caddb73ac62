"""Lists the rooms' models for Django; the rooms own them."""

from __future__ import annotations

from analytics.overview.models import DailyStats, DaySnapshot, DirtyDay, FriendMove, PointsMark
from analytics.rfm.models import RfmMove, RfmRun, RfmScore

__all__ = [
    "DailyStats",
    "DaySnapshot",
    "DirtyDay",
    "FriendMove",
    "PointsMark",
    "RfmMove",
    "RfmRun",
    "RfmScore",
]
