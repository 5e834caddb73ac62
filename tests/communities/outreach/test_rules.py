"""N-37 and D2 as pure rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communities.outreach.rules import (
    FINAL_STATES,
    MOVES,
    Caps,
    Listed,
    PushState,
    QuietHours,
    Reason,
    Used,
    back_off,
    cap_reason,
    chunks,
    is_personal,
    is_same_broadcast,
    iso_week_start,
    listed_candidates,
    platform_window,
    poll_interval,
    push_move,
    quiet_until,
    sending_times_faults,
    text_check,
    text_for,
)
from scrm.core.errors import InvalidTransition, InvalidValue

NIGHT = QuietHours(start=time(22), end=time(8))
SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize("current", list(PushState))
@pytest.mark.parametrize("target", list(PushState))
def test_d2_knows_exactly_these_moves(current: PushState, target: PushState) -> None:
    drawn = {
        "draft scheduled",
        "scheduled submitting",
        "submitting awaiting_staff",
        "awaiting_staff sending",
        "sending done",
        "scheduled cancelled",
        "awaiting_staff expired",
        "submitting failed",
    }
    if f"{current} {target}" in drawn:
        assert push_move(current, target) is target
    else:
        with pytest.raises(InvalidTransition):
            push_move(current, target)


def test_every_state_is_final_or_leads_on() -> None:
    assert {state for state in PushState if state not in MOVES} == FINAL_STATES


def test_marketing_is_capped_by_day_and_iso_week() -> None:
    caps = Caps(per_day=1, per_week=3)

    def marketing(**used: int) -> Reason | None:
        return cap_reason(Used(**used), caps, purpose="marketing", platform_limit=30)

    assert marketing() is None
    assert marketing(day=1, week=1, platform=1) is Reason.FREQUENCY_CAP
    assert marketing(day=0, week=3, platform=3) is Reason.FREQUENCY_CAP
    assert marketing(day=0, week=2, platform=30) is Reason.PLATFORM_CAP


def test_service_messages_obey_wecoms_cap_only() -> None:
    caps = Caps(per_day=0, per_week=0)
    used = Used(day=5, week=9, platform=29)
    assert cap_reason(used, caps, purpose="service", platform_limit=30) is None
    full = Used(day=5, week=9, platform=30)
    assert cap_reason(full, caps, purpose="service", platform_limit=30) is Reason.PLATFORM_CAP


@pytest.mark.parametrize(
    ("day", "rule", "start", "limit"),
    [
        (date(2026, 2, 11), "monthly", date(2026, 2, 1), 28),
        (date(2028, 2, 29), "monthly", date(2028, 2, 1), 29),
        (date(2026, 12, 31), "monthly", date(2026, 12, 1), 31),
        (date(2026, 11, 22), "weekly", date(2026, 11, 16), 7),
        (date(2026, 11, 23), "weekly", date(2026, 11, 23), 7),
        (date(2026, 11, 22), "daily", date(2026, 11, 22), 1),
    ],
)
def test_wecoms_period_and_its_limit(day: date, rule: str, start: date, limit: int) -> None:
    assert platform_window(day, rule) == (start, limit)


def test_iso_weeks_begin_on_monday_across_the_year() -> None:
    assert iso_week_start(date(2027, 1, 3)) == date(2026, 12, 28)


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-11-18 21:59", None),
        ("2026-11-18 22:00", "2026-11-19 08:00"),
        ("2026-11-18 23:59", "2026-11-19 08:00"),
        ("2026-11-19 00:00", "2026-11-19 08:00"),
        ("2026-11-19 07:59", "2026-11-19 08:00"),
        ("2026-11-19 08:00", None),
    ],
)
@pytest.mark.parametrize("zone", [SHANGHAI, "America/New_York", "Asia/Kathmandu"])
def test_ec_85_quiet_hours_cross_midnight_in_the_brands_zone(
    local: str, until: str | None, zone: str
) -> None:
    info = ZoneInfo(zone)
    at = datetime.fromisoformat(local).replace(tzinfo=info).astimezone(UTC)
    expected = None if until is None else datetime.fromisoformat(until).replace(tzinfo=info)
    assert quiet_until(at, zone, NIGHT) == expected


def test_quiet_hours_inside_one_day_and_on_a_day_of_clock_change() -> None:
    siesta = QuietHours(start=time(12), end=time(14))
    at = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)  # 13:00
    assert quiet_until(at, SHANGHAI, siesta) == datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
    # New York sets its clocks forward on 8 March 2026 at 2:00; 08:00 is then EDT.
    night = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
    assert quiet_until(night, "America/New_York", NIGHT) == datetime(2026, 3, 8, 12, 0, tzinfo=UTC)


@given(
    at=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1)),
    start=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    end=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    zone=st.sampled_from([SHANGHAI, "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_after_the_deferral_marketing_may_leave(
    at: datetime, start: time, end: time, zone: str
) -> None:
    moment = at.replace(tzinfo=UTC)
    quiet = QuietHours.parse(f"{start:%H:%M}-{end:%H:%M}")
    until = quiet_until(moment, zone, quiet)
    if until is not None:
        assert moment < until <= moment + timedelta(hours=26)
        assert quiet_until(until, zone, quiet) is None


@pytest.mark.parametrize("text", ["22:00", "24:00-08:00", "22-8", "22:00-08:00-09:00", "夜里"])
def test_odd_quiet_hours_are_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        QuietHours.parse(text)


def test_empty_quiet_hours_mean_none() -> None:
    assert QuietHours.parse("") is None
    assert QuietHours.parse("08:00-08:00") is None


def test_personal_words_are_filled_in_and_unknown_variables_refused() -> None:
    assert is_personal("亲爱的{昵称}")
    assert not is_personal("亲爱的{您}")
    assert text_for("亲爱的{昵称}，{昵称}", nickname="陈晨") == "亲爱的陈晨，陈晨"
    with pytest.raises(InvalidValue):
        text_check("亲爱的{余额}")
    with pytest.raises(InvalidValue):
        text_check("茶" * 1334)
    assert text_check("茶" * 1333)


@given(st.lists(st.integers(), max_size=300), st.integers(min_value=1, max_value=120))
def test_chunks_lose_and_double_nobody(items: list[int], size: int) -> None:
    parts = list(chunks(items, size))
    assert [item for part in parts for item in part] == items
    assert all(0 < len(part) <= size for part in parts)


def test_questions_grow_rare_with_age() -> None:
    ages = [timedelta(seconds=s) for s in (0, 10, 60, 600, 3600, 86400)]
    assert [poll_interval(age).total_seconds() for age in ages] == [5, 5, 15, 150, 300, 300]


def test_a_refusal_waits_as_long_as_wecom_says() -> None:
    assert back_off(1, retry_after=60) == timedelta(seconds=60)
    assert [back_off(n, retry_after=None).total_seconds() for n in (1, 3, 20)] == [2, 8, 300]


def test_a_lost_broadcast_is_recognised_by_words_time_and_people() -> None:
    began = datetime(2026, 11, 18, tzinfo=UTC)

    def one(msgid: str, text: str, minutes: int) -> Listed:
        return Listed(msgid=msgid, text=text, created_at=began + timedelta(minutes=minutes))

    listed = [
        one("early", "茶", -1),
        one("other", "酒", 1),
        one("taken", "茶", 1),
        one("ours", "茶", 1),
    ]
    found = listed_candidates(listed, text="茶", since=began, known=frozenset({"taken"}))
    assert [item.msgid for item in found] == ["ours"]
    assert is_same_broadcast(["a", "b"], ["a", "b", "c"])
    assert not is_same_broadcast([], ["a"])
    assert not is_same_broadcast(["a", "x"], ["a", "b"])


def test_times_that_could_send_twice_are_refused() -> None:
    assert not sending_times_faults(http_timeout=(3, 8), lease_seconds=40, grace_seconds=25)
    assert len(sending_times_faults(http_timeout=(3, 32), lease_seconds=8, grace_seconds=25)) == 2
    assert len(sending_times_faults(http_timeout=(3, 8), lease_seconds=33, grace_seconds=25)) == 1
    assert len(sending_times_faults(http_timeout=(3, 8), lease_seconds=40, grace_seconds=22)) == 1
