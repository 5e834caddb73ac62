"""The CDNOW purchases as orders of today: dates shifted to end yesterday, amounts in fen."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scrm.core.clock import zone_info
from scrm.core.money import fen_from_yuan

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data" / "cdnow_master.txt.gz"
LAST_DAY = date(1998, 6, 30)
_PAY = timedelta(minutes=4)
_DELIVERY = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """One line of the data set, in today's terms. Amount in fen; instants in UTC."""

    number: str
    order_no: str
    placed_at: datetime
    paid_at: datetime
    completed_at: datetime | None
    quantity: int
    amount_fen: int


def purchases(*, yesterday: date, zone: str) -> Iterator[Purchase]:
    """All purchases in the file's order; the newest fall on ``yesterday`` in the brand's zone."""
    shift = yesterday - LAST_DAY
    # Delivered three days later, unless that is still to come.
    open_from = datetime.combine(
        yesterday + timedelta(days=1), time(0), tzinfo=zone_info(zone)
    ).astimezone(UTC)
    with gzip.open(DATA, "rt", encoding="ascii") as lines:
        next(lines)
        for line_no, line in enumerate(lines, start=1):
            fields = line.split()
            if not fields:
                continue
            number, day, quantity, dollars = fields
            placed = _placed(day, shift, line_no, zone)
            done = placed + _DELIVERY
            yield Purchase(
                number=number,
                order_no=f"CD{line_no:06d}",
                placed_at=placed,
                paid_at=placed + _PAY,
                completed_at=done if done < open_from else None,
                quantity=int(quantity),
                amount_fen=fen_from_yuan(dollars),
            )


def _placed(day: str, shift: timedelta, line_no: int, zone: str) -> datetime:
    """A waking hour of the shifted day, invented from the line number."""
    on = datetime.strptime(day, "%Y%m%d").date() + shift  # noqa: DTZ007 - a date without a zone
    minute = int.from_bytes(hashlib.sha256(str(line_no).encode()).digest()[:2], "big") % (14 * 60)
    at = datetime.combine(on, time(8), tzinfo=zone_info(zone)) + timedelta(minutes=minute)
    return at.astimezone(UTC)
