"""The ladders of the demo, in force before the history is read: it settles as it comes in."""

from __future__ import annotations

from datetime import timedelta

from members.tiers.ladder import ladder_put
from members.tiers.rules import Rung
from scrm.core import clock

RECORDS_LADDER = {"silver": 100, "gold": 300, "black": 1000}
TEA_LADDER = {"silver": 200, "gold": 500, "black": 900}
_YEARS = timedelta(days=5 * 365)


def ladder_make(*, silver: int, gold: int, black: int) -> None:
    """普通, 银卡, 金卡, 黑金 by these thresholds of growth."""
    ladder_put(
        [
            Rung(rank=0, code="base", name="普通", threshold=0),
            Rung(rank=1, code="silver", name="银卡", threshold=silver, multiplier=11_000),
            Rung(rank=2, code="gold", name="金卡", threshold=gold, multiplier=12_000),
            Rung(rank=3, code="black", name="黑金", threshold=black, multiplier=15_000),
        ],
        at=clock.now() - _YEARS,
    )
