"""The four parts of a programme, and what each must say (M-08)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from members.tiers.rules import Rules, Rung

PARTS = ("goal", "ladder", "benefits", "life_cycle")
MEASURES = ("members", "repurchase", "spend", "activity")
LONGEST = 200
# The settings that say how long a tier lasts and how it is kept, by their names in `Rules`.
LIFE_CYCLE: Mapping[str, str] = {
    "tier.metric": "metric",
    "tier.window_days": "window_days",
    "tier.valid_days": "valid_days",
    "tier.grace_days": "grace_days",
    "tier.downgrade": "downgrade",
    "tier.keep_ratio": "keep_ratio",
    "tier.refund_recheck_days": "recheck_days",
}
PLACES: Mapping[str, str] = {"tiers": "tier", "gifts": "gift", "layers": "layer"}
LAYERS = ("1", "2", "3", "4")
LEAST_RUNGS = 2


def rungs_of(ladder: Mapping[str, Any]) -> tuple[Rung, ...]:
    """The rungs of the second part, lowest first."""
    return tuple(
        Rung(
            rank=rank,
            code=row["code"],
            name=row["name"],
            threshold=row["threshold"],
            keep_threshold=row.get("keep_threshold"),
            multiplier=row.get("multiplier_bp", 10_000),
        )
        for rank, row in enumerate(ladder.get("tiers", ()))
    )


def ladder_told(rungs: Sequence[Rung]) -> dict[str, Any]:
    """The second part that says these rungs."""
    return {
        "tiers": [
            {
                "code": rung.code,
                "name": rung.name,
                "threshold": rung.threshold,
                "keep_threshold": rung.keep_threshold,
                "multiplier_bp": rung.multiplier,
            }
            for rung in rungs
        ]
    }


def rules_of(life_cycle: Mapping[str, Any]) -> Rules:
    """The settings of tiers as the fourth part has them."""
    return Rules(**{name: life_cycle[key] for key, name in LIFE_CYCLE.items()})


def offers_of(
    benefits: Mapping[str, Mapping[str, Mapping[str, int]]], codes: Sequence[str]
) -> dict[str, dict[str, dict[str, int]]]:
    """What the third part offers, per place and key; every tier of the ladder and every layer is named."""
    keys = {"tiers": codes, "gifts": codes[1:], "layers": LAYERS}
    return {
        PLACES[part]: {key: dict(benefits.get(part, {}).get(key, {})) for key in keys[part]}
        for part in PLACES
    }


def tiers_without(
    benefits: Mapping[str, Mapping[str, Mapping[str, int]]], rungs: Sequence[Rung]
) -> list[str]:
    """Names of the tiers above the base that bring neither benefit nor gift."""
    return [
        rung.name
        for rung in rungs[1:]
        if not benefits.get("tiers", {}).get(rung.code)
        and not benefits.get("gifts", {}).get(rung.code)
    ]


def digest(parts: Mapping[str, Any]) -> str:
    """What somebody agreed to."""
    text = json.dumps({part: parts[part] for part in PARTS}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
