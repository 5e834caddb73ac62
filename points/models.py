"""Lists the rooms' models for Django; the rooms own them."""

from __future__ import annotations

from points.lots.models import Lot, PointsAccount, Spend

__all__ = ["Lot", "PointsAccount", "Spend"]
