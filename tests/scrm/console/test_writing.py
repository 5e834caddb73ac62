from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import formats, timezone, translation

from scrm.console import writing


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (123450, "¥1,234.50"),
        (0, "¥0.00"),
        (5, "¥0.05"),
        (-990, "-¥9.90"),
        (100_000_000_00, "¥100,000,000.00"),
    ],
)
def test_fen_are_written_as_yuan_with_two_decimals(fen: int, text: str) -> None:
    assert writing.yuan(fen) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (980, "980"),
        (9_999, "9,999"),
        (12_345, "1.2万"),
        (20_000, "2万"),
        (345_000_000, "3.45亿"),
        (-12_345, "-1.2万"),
    ],
)
def test_big_numbers_are_written_in_wan_and_yi(number: int, text: str) -> None:
    assert writing.compact(number) == text


def test_big_numbers_are_written_in_thousands_for_english_readers() -> None:
    with translation.override("en"):
        assert writing.compact(12_345) == "12.3k"
        assert writing.compact(3_450_000) == "3.5M"


def test_basis_points_are_written_as_per_cent() -> None:
    assert writing.bp_text(870) == "8.70%"
    assert writing.bp_text(870, 1) == "8.7%"
    assert writing.bp_text(870, 0) == "8%"
    assert writing.bp_text(-25) == "-0.25%"


def test_a_phone_shows_three_and_four_digits() -> None:
    assert writing.phone_masked("13800008000") == "138****8000"
    assert writing.phone_masked("12345") == "****45"
    assert writing.phone_masked("") == ""


def test_moments_are_written_in_the_brands_zone() -> None:
    at = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    with timezone.override("Asia/Shanghai"):
        assert writing.datetime_text(at) == "2026-11-23 00:30"
        assert writing.date_text(at) == "2026-11-23"
    with timezone.override("America/New_York"):
        assert writing.datetime_text(at) == "2026-11-22 11:30"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_both_languages_group_thousands_and_write_iso_days(language: str) -> None:
    with translation.override(language):
        assert formats.number_format(1234567.5, use_l10n=True, force_grouping=True) == "1,234,567.5"
        day = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
        assert formats.date_format(day, "DATETIME_FORMAT") == "2026-11-22 09:30"
        assert formats.get_format("FIRST_DAY_OF_WEEK") == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "不到 1 分钟"), (125, "约 2 分钟"), (7_300, "约 2 小时")]
)
def test_time_left_is_rough(seconds: int, text: str) -> None:
    assert writing.duration_text(seconds) == text
