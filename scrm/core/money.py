"""Integer money. The only module where ``Decimal`` may appear (N-2)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BP = 10_000
_YUAN = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,2})?")


def fen_from_yuan(text: str) -> int:
    """Fen of an amount in yuan written with at most two decimals; ``ValueError`` otherwise."""
    cleaned = text.strip()
    if not _YUAN.fullmatch(cleaned):
        message = f"not an amount in yuan with at most two decimals: {text!r}"
        raise ValueError(message)
    return int(Decimal(cleaned) * 100)


def yuan_text(fen: int) -> str:
    """Yuan with two decimals and no separators: 123450 -> ``1234.50``."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}"


def yuan_number(fen: int) -> float:
    """Yuan as a workbook holds a figure, for its cells only: nothing is counted with it."""
    return fen / 100


def half_up_div(numerator: int, denominator: int) -> int:
    """Division rounded half up (away from zero on the half), for money per line (N-2)."""
    if denominator <= 0:
        message = "the denominator must be positive"
        raise ValueError(message)
    if numerator < 0:
        return -half_up_div(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def split_largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` by integer weights so that the parts sum to it exactly.

    The largest remainder gets the next unit; ties go to the earlier part (N-4). With all weights
    zero everything goes to the first part.
    """
    if not weights:
        return []
    base = sum(weights)
    if base == 0:
        return [total, *([0] * (len(weights) - 1))]
    if total < 0:
        return [-part for part in split_largest_remainder(-total, weights)]
    parts = [total * weight // base for weight in weights]
    remainders = [total * weight % base for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts
