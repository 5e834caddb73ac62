"""N-7 and its edge cases: clamped months, month ends, fixed days, midnights west and east of UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from points.lots.expiry import expires_at, expiry_parse, is_expiry, last_valid_day

SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("policy", "available", "last"),
    [
        ("months 1", date(2025, 1, 31), date(2025, 2, 28)),  # worked example 4
        ("month_end 12", date(2020, 7, 6), date(2021, 7, 31)),  # worked example 5
        ("months 6", date(2025, 8, 31), date(2026, 2, 28)),  # EC-8
        ("months 6", date(2027, 8, 31), date(2028, 2, 29)),  # EC-8, leap year
        ("months 12", date(2028, 2, 29), date(2029, 2, 28)),  # EC-9
        ("months 12", date(2025, 12, 31), date(2026, 12, 31)),
        ("fixed 12-31 +1", date(2025, 3, 1), date(2026, 12, 31)),
        ("fixed 06-30 +0", date(2025, 7, 1), date(2026, 6, 30)),  # the day has passed: the next one
        ("fixed 02-29 +1", date(2024, 1, 1), date(2025, 2, 28)),
        ("none", date(2025, 1, 1), None),
    ],
)
def test_the_last_valid_day_follows_the_policy(
    policy: str, available: date, last: date | None
) -> None:
    assert last_valid_day(expiry_parse(policy), available) == last


def test_worked_example_4_expires_at_the_local_midnight_after() -> None:
    assert expires_at("months 1", date(2025, 1, 31), SHANGHAI) == datetime(
        2025, 2, 28, 16, tzinfo=UTC
    )


def test_worked_example_5_expires_at_the_local_midnight_after() -> None:
    assert expires_at("month_end 12", date(2020, 7, 6), SHANGHAI) == datetime(
        2021, 7, 31, 16, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("zone", "available", "at"),
    [
        ("America/Los_Angeles", date(2025, 5, 15), datetime(2025, 6, 16, 7, tzinfo=UTC)),
        ("Asia/Tokyo", date(2025, 5, 15), datetime(2025, 6, 15, 15, tzinfo=UTC)),
        # The day after is the day the clocks change, at midnight (Havana) or in the night (Berlin).
        ("America/Havana", date(2025, 2, 8), datetime(2025, 3, 9, 5, tzinfo=UTC)),
        ("Europe/Berlin", date(2025, 2, 28), datetime(2025, 3, 28, 23, tzinfo=UTC)),
        ("Europe/Berlin", date(2025, 3, 1), datetime(2025, 4, 1, 22, tzinfo=UTC)),
    ],
)
def test_ec_7_expiry_is_at_the_tenants_midnight(zone: str, available: date, at: datetime) -> None:
    assert expires_at("months 1", available, zone) == at


@pytest.mark.parametrize(
    "text", ["", "months", "months 0", "months 601", "fixed 02-30 +1", "fixed 13-01 +1", 12, None]
)
def test_other_texts_are_no_policy(text: object) -> None:
    assert not is_expiry(text)
