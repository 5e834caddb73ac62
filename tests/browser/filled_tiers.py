"""A ladder, in force before anybody buys."""

from __future__ import annotations

from datetime import timedelta

from members.tiers.ladder import ladder_put
from members.tiers.rules import Rung
from scrm.core import clock


def tiers_fill() -> None:
    """Three rungs; who has bought for a hundred yuan stands on the second."""
    ladder_put(
        [
            Rung(rank=0, code="base", name="普通", threshold=0),
            Rung(rank=1, code="silver", name="银卡", threshold=100, multiplier=11_000),
            Rung(rank=2, code="gold", name="金卡", threshold=100_000, multiplier=12_000),
        ],
        at=clock.now() - timedelta(days=2000),
    )
