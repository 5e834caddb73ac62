"""The one clock, and days that belong to a zone (N-24, N-46, EC-7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.core import clock

ZONES = ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu",
         "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe"]  # fmt: skip
days = st.dates(date(2010, 1, 1), date(2035, 12, 31))


def test_now_is_aware_and_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)


def test_a_frozen_clock_stands_and_then_runs_again() -> None:
    at = datetime(2026, 3, 1, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
    with clock.frozen(at):
        assert clock.now() == at
        assert clock.now().tzinfo is UTC
        with clock.frozen(at + timedelta(days=1)):
            assert clock.now() == at + timedelta(days=1)
        assert clock.now() == at
    assert clock.now() > at + timedelta(days=30)


def test_a_naive_time_cannot_be_frozen() -> None:
    with pytest.raises(ValueError, match="aware"), clock.frozen(datetime(2026, 1, 1)):
        pass


def test_days_begin_at_the_zones_midnight_east_and_west_of_utc() -> None:
    assert clock.local_midnight(date(2026, 11, 22), "Asia/Shanghai") == datetime(
        2026, 11, 21, 16, tzinfo=UTC
    )
    assert clock.local_midnight(date(2026, 11, 22), "America/New_York") == datetime(
        2026, 11, 22, 5, tzinfo=UTC
    )


def test_a_day_of_changing_clocks_has_23_or_25_hours() -> None:
    def hours(day: date) -> float:
        start = clock.local_midnight(day, "America/New_York")
        return (
            clock.local_midnight(day + timedelta(days=1), "America/New_York") - start
        ) / timedelta(hours=1)

    assert (hours(date(2026, 3, 8)), hours(date(2026, 3, 9)), hours(date(2026, 11, 1))) == (
        23,
        24,
        25,
    )


def test_where_midnight_is_skipped_the_day_begins_at_its_first_instant() -> None:
    start = clock.local_midnight(date(2018, 11, 4), "America/Sao_Paulo")
    assert start.astimezone(ZoneInfo("America/Sao_Paulo")).hour == 1
    assert clock.local_date(start, "America/Sao_Paulo") == date(2018, 11, 4)


@given(day=days, zone=st.sampled_from(ZONES))
def test_an_instant_belongs_to_the_day_whose_midnight_came_before(day: date, zone: str) -> None:
    start, end = (
        clock.local_midnight(day, zone),
        clock.local_midnight(day + timedelta(days=1), zone),
    )
    assert start < end
    assert clock.local_date(start, zone) == day
    assert clock.local_date(end - timedelta(microseconds=1), zone) == day
    assert clock.local_date(start - timedelta(microseconds=1), zone) < day


@given(day=days, length=st.integers(1, 400), zone=st.sampled_from(ZONES))
def test_a_window_holds_exactly_its_days(day: date, length: int, zone: str) -> None:
    start, end = clock.window(day, length, zone)
    assert clock.local_date(start, zone) == day - timedelta(days=length - 1)
    assert clock.local_date(end - timedelta(microseconds=1), zone) == day
