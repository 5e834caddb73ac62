"""Stages (N-43) and contribution (N-30), from figures alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from scrm.core.money import half_up_div

WINDOW = 30
DORMANT_FROM = 15
LOYAL_ORDERS, MATURE_ORDERS, GROWING_ORDERS = 6, 4, 2
ADVOCATE_UGC = 3
FULL = 10_000
# Stages that are few and can bring most of the revenue (M-27).
BEST = ("mature", "loyal", "advocate")


@dataclass(frozen=True, kw_only=True)
class StageFacts:
    """What decides a stage on a local day. ``last`` is the newest active day of the past 30."""

    registered: date
    last: date | None
    was_ever_active: bool
    orders_365: int
    orders_90: int
    referrals_180: int
    ugc_180: int


def stage_from(facts: StageFacts, *, day: date) -> str:
    """The first stage that fits."""
    if facts.last is None:
        if facts.was_ever_active or facts.registered <= day - timedelta(days=WINDOW):
            return "churned"
    elif (day - facts.last).days >= DORMANT_FROM:
        return "dormant"
    if facts.orders_365 >= LOYAL_ORDERS and facts.orders_90:
        recommends = facts.referrals_180 >= 1 or facts.ugc_180 >= ADVOCATE_UGC
        return "advocate" if recommends else "loyal"
    if facts.orders_365 >= MATURE_ORDERS:
        return "mature"
    if facts.orders_365 >= GROWING_ORDERS:
        return "growing"
    return "new" if facts.orders_365 else "lead"


@dataclass(frozen=True, kw_only=True)
class ScoreTerms:
    """Weights in basis points, and the raw figures that are full marks."""

    weights: tuple[int, int, int] = (5_000, 3_000, 2_000)
    caps: tuple[int, int, int] = (200_000, 60, 20)


def score_from(raw: tuple[int, int, int], terms: ScoreTerms) -> tuple[int, int, int, int]:
    """Score and its parts (spend in fen, interactions, social acts) in hundredths; rounded once, half up."""
    kept = [min(max(figure, 0), cap) for figure, cap in zip(raw, terms.caps, strict=True)]
    parts = [half_up_div(FULL * figure, cap) for figure, cap in zip(kept, terms.caps, strict=True)]
    whole = terms.caps[0] * terms.caps[1] * terms.caps[2]
    total = sum(
        weight * figure * (whole // cap)
        for weight, figure, cap in zip(terms.weights, kept, terms.caps, strict=True)
    )
    return half_up_div(total, whole), parts[0], parts[1], parts[2]


def weights_fit(value: object) -> bool:
    """Whether three weights make a whole."""
    return isinstance(value, list) and sum(value) == FULL
