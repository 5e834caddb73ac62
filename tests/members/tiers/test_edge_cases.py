"""EC-31 to EC-42 (domain.md D7), each by its number, and worked example 8."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from members.tiers.rules import Rung
from tests.members.tiers.story import (
    RUNGS,
    day,
    fall,
    gifts,
    ladder,
    lock,
    midnight,
    rise,
    story,
    told,
)

SECOND = timedelta(seconds=1)
VALID_UNTIL = midnight("2026-02-10")
GRACE_UNTIL = midnight("2026-03-12")


def test_worked_example_8_a_tier_from_10_february_ends_a_year_later_and_its_grace_on_12_march() -> (
    None
):
    won = story(rise(0, 100), until=1).spells[-1]
    assert (won.code, won.started_at, won.valid_until) == ("silver", day(0), VALID_UNTIL)
    kept = story(rise(0, 100), until=VALID_UNTIL).spells[-1]
    assert (kept.code, kept.state, kept.grace_until) == ("silver", "grace", GRACE_UNTIL)
    before = story(rise(0, 100), until=VALID_UNTIL - SECOND).spells[-1]
    assert (before.state, before.grace_until) == ("active", None)
    lost = story(rise(0, 100), until=GRACE_UNTIL).spells[-1]
    assert (lost.code, lost.started_at) == ("base", GRACE_UNTIL)


def test_ec_31_growth_exactly_at_the_threshold_qualifies() -> None:
    assert story(rise(0, 100), until=1).spells[-1].code == "silver"
    assert story(rise(0, 99), until=1).spells[-1].code == "base"


def test_ec_32_skipping_two_tiers_gives_both_gifts_once() -> None:
    end = story(rise(0, 500), until=1)
    assert told(end) == [("upgraded", "base", "gold")]
    assert gifts(end) == [("silver", False), ("gold", False)]
    # Down by the refund, up again: gifts that were used are not given twice.
    used = [("silver", day(0)), ("gold", day(0))]
    again = story(rise(0, 500), fall(0, 1, 500), rise(2, 500), until=3, used=used)
    assert gifts(again) == [("silver", False), ("gold", False)]


def test_ec_32_a_gift_comes_again_after_365_days_and_never_on_a_renewal() -> None:
    kept = story(rise(0, 100), rise(200, 100), until=366)
    assert told(kept)[-1] == ("renewed", "silver", "silver")
    assert gifts(kept) == [("silver", False)]
    # Lost in grace's end on day 395, won again on day 400: more than 365 days after the first gift.
    later = story(rise(0, 100), rise(400, 100), until=401)
    assert gifts(later) == [("silver", False), ("silver", False)]
    short = story(rise(0, 100), rise(300, 100), until=301, versions=[ladder(valid_days=100)])
    assert told(short)[-1] == ("upgraded", "base", "silver")
    assert gifts(short) == [("silver", False)]


def test_ec_33_growth_that_won_the_tier_does_not_also_renew_it() -> None:
    assert story(rise(0, 500), until=365).spells[-1].state == "grace"
    # The smallest thing after it counts; what came before it, or at its instant, does not.
    assert story(rise(0, 500), rise(1, 499), until=365).spells[-1].state == "grace"
    same = [rise(0, 490), rise(0, 10), rise(1, 499)]
    assert story(*same, until=365).spells[-1].state == "grace"
    assert story(rise(0, 490), rise(1, 500), until=365).spells[-1].cause == "upgraded"
    at_the_end = story(rise(0, 100), rise(VALID_UNTIL, 100), until=VALID_UNTIL)
    assert told(at_the_end)[-2:] == [
        ("grace_started", "silver", "silver"),
        ("renewed", "silver", "silver"),
    ]


def test_ec_34_renewal_on_the_last_second_of_grace() -> None:
    last = GRACE_UNTIL - SECOND
    kept = story(rise(0, 100), rise(last, 100), until=GRACE_UNTIL + SECOND).spells[-1]
    assert (kept.code, kept.cause, kept.started_at) == ("silver", "renewed", last)
    assert kept.valid_until == midnight("2027-03-11")
    late = story(rise(0, 100), rise(GRACE_UNTIL, 50), until=GRACE_UNTIL + SECOND)
    assert late.spells[-1].code == "base"


def test_ec_35_an_order_during_grace_later_refunded_undoes_the_renewal() -> None:
    in_grace = day(370)
    renewed = [rise(0, 100), rise(in_grace, 100)]
    back = story(*renewed, fall(in_grace, 380, 100), until=381).spells[-1]
    assert (back.code, back.state, back.grace_until) == ("silver", "grace", GRACE_UNTIL)
    # Refunded after grace would have ended: the end of grace holds, at its own date.
    over = story(*renewed, fall(in_grace, 398, 100), until=399)
    assert (over.spells[-1].code, over.spells[-1].started_at) == ("base", GRACE_UNTIL)
    assert told(over)[-2:] == [
        ("renewal_undone", "silver", "silver"),
        ("downgraded", "silver", "base"),
    ]
    # More than refund_recheck_days after the renewal it stands.
    late = story(*renewed, fall(in_grace, 401, 100), until=402).spells[-1]
    assert (late.code, late.cause) == ("silver", "renewed")


def test_ec_35_other_growth_of_the_grace_carries_the_renewal_from_its_own_moment() -> None:
    one, other = day(370), day(375)
    end = story(
        rise(0, 100), rise(one, 100), rise(other, 100), fall(one, 398, 100), until=399
    ).spells[-1]
    assert (end.code, end.cause, end.started_at) == ("silver", "renewed", other)


def test_ec_35_a_renewal_at_the_end_of_the_term_is_undone_alike() -> None:
    end = story(rise(0, 100), rise(350, 100), fall(350, 370, 60), until=371).spells[-1]
    assert (end.state, end.grace_until) == ("grace", GRACE_UNTIL)


def test_ec_36_a_downgrade_evaluated_late_uses_the_original_dates() -> None:
    late = story(rise(0, 500), until=1000)
    assert [(spell.code, spell.started_at) for spell in late.spells[1:]] == [
        ("gold", day(0)),
        ("silver", GRACE_UNTIL),
        ("base", midnight("2027-04-11")),
    ]
    assert late.spells[2].valid_until == midnight("2027-03-12")


def test_ec_37_a_locked_tier_ends_while_the_metric_is_low() -> None:
    held = story(rise(0, 100), locks=[lock("black", 10, 500)], until=499).spells[-1]
    assert (held.code, held.state) == ("black", "locked")
    # The term would have ended on day 375: what was not decided then is decided at the lock's end.
    ended = story(rise(0, 100), locks=[lock("black", 10, 500)], until=500).spells[-1]
    assert (ended.code, ended.state) == ("black", "grace")
    assert ended.grace_until == midnight("2026-07-25")
    short = story(rise(0, 100), locks=[lock("black", 10, 100)], until=101).spells[-1]
    assert (short.code, short.state) == ("black", "active")


def test_ec_37_a_lock_skips_upgrades_refunds_and_ends_until_it_ends() -> None:
    growth = [rise(0, 100), rise(20, 1000), fall(0, 21, 100)]
    held = story(*growth, locks=[lock("silver", 10, 50)], until=49)
    assert (held.spells[-1].code, held.spells[-1].state) == ("silver", "locked")
    free = story(*growth, locks=[lock("silver", 10, 50)], until=50).spells[-1]
    assert (free.code, free.started_at, free.state) == ("black", day(50), "active")


def test_ec_38_an_upgrade_during_grace_resets_the_spell() -> None:
    end = story(rise(0, 100), rise(370, 500), until=371).spells[-1]
    assert (end.code, end.state, end.started_at, end.grace_until) == (
        "gold", "active", day(370), None,
    )  # fmt: skip
    assert end.valid_until == midnight("2027-02-15")


def test_ec_39_edited_thresholds_lift_at_once_and_take_nothing_at_once() -> None:
    lower = ladder(10, [*RUNGS[:2], replace(RUNGS[2], threshold=300), RUNGS[3]])
    end = story(rise(0, 300), until=11, versions=[ladder(), lower])
    assert (end.spells[-1].code, end.spells[-1].started_at) == ("gold", day(10))
    assert gifts(end) == [("silver", False), ("gold", False)]
    higher = ladder(10, [*RUNGS[:1], replace(RUNGS[1], threshold=400), *RUNGS[2:]])
    stays = story(rise(0, 300), until=200, versions=[ladder(), higher])
    assert (stays.spells[-1].code, stays.spells[-1].started_at) == ("silver", day(0))
    # The end of the term asks for what the ladder asks by then.
    asked = story(rise(0, 300), rise(100, 150), until=366, versions=[ladder(), higher])
    assert asked.spells[-1].state == "grace"


def test_ec_39_a_tier_that_is_taken_out_leaves_its_members_on_the_one_below() -> None:
    without = ladder(10, [RUNGS[0], RUNGS[1], replace(RUNGS[3], rank=2)])
    end = story(rise(0, 600), until=11, versions=[ladder(), without]).spells[-1]
    assert (end.code, end.cause, end.valid_until) == ("silver", "ladder", VALID_UNTIL)


def test_ec_40_a_reversal_dated_back_keeps_the_rolling_window_right() -> None:
    growth = [rise(0, 300), rise(100, 300), fall(0, 200, 300)]
    assert story(*growth, until=201).metric == 300
    # Rise and reversal leave the window together: nothing is taken twice.
    assert story(*growth, until=364).metric == 300
    assert story(*growth, until=365).metric == 300
    assert story(*growth, until=464).metric == 300
    assert story(*growth, until=465).metric == 0


def test_ec_42_one_down_from_the_base_does_nothing() -> None:
    end = story(rise(0, 50), until=2000)
    assert [(spell.code, spell.valid_until) for spell in end.spells] == [("base", None)]
    assert told(end) == []


def test_ec_42_to_qualified_stops_where_the_growth_still_reaches() -> None:
    rules = {"downgrade": "to_qualified", "metric": "lifetime"}
    end = story(rise(0, 1000), until=GRACE_UNTIL, versions=[ladder(**rules)]).spells[-1]
    assert (end.code, end.cause, end.started_at) == ("black", "kept", GRACE_UNTIL)
    rolling = story(
        rise(0, 1000), rise(200, 120), until=GRACE_UNTIL,
        versions=[ladder(downgrade="to_qualified")],
    )  # fmt: skip
    assert rolling.spells[-1].code == "silver"
    one_down = story(rise(0, 1000), rise(200, 120), until=GRACE_UNTIL)
    assert one_down.spells[-1].code == "gold"


def test_n_17_a_refund_soon_after_takes_the_tier_and_its_unused_gifts_back() -> None:
    growth = [rise(0, 500), fall(0, 30, 450)]
    end = story(*growth, until=31)
    assert (end.spells[-1].code, end.spells[-1].cause) == ("base", "refunded")
    assert gifts(end) == [("silver", True), ("gold", True)]
    used = story(*growth, until=31, used=[("gold", day(0))])
    assert gifts(used) == [("silver", True), ("gold", False)]
    assert used.gifts[1].lost_used_at == day(30)
    late = story(rise(0, 500), fall(0, 31, 450), until=32).spells[-1]
    assert (late.code, late.started_at) == ("gold", day(0))


def test_n_17_local_days_decide_not_24_hours() -> None:
    won = midnight("2025-03-01") + timedelta(hours=23)
    last = midnight("2025-03-31") + timedelta(hours=23, minutes=59)
    assert story(rise(won, 100), fall(won, last, 100), until=last).spells[-1].code == "base"
    after = midnight("2025-04-01")
    assert story(rise(won, 100), fall(won, after, 100), until=after).spells[-1].code == "silver"


@pytest.mark.parametrize(
    ("metric", "expected"), [("rolling_days", 0), ("calendar_year", 0), ("lifetime", 100)]
)
def test_what_counts_depends_on_the_metric(metric: str, expected: int) -> None:
    end = story(rise(0, 100), until=400, versions=[ladder(metric=metric)])
    assert end.metric == expected


def test_a_calendar_year_ends_with_the_brands_own_year() -> None:
    versions = [ladder(metric="calendar_year")]
    last = midnight("2026-01-01") - SECOND
    assert story(rise(last, 70), until=last, versions=versions).metric == 70
    assert story(rise(last, 70), until=midnight("2026-01-01"), versions=versions).metric == 0


def test_a_keep_line_of_its_own_or_a_share_of_the_threshold() -> None:
    cheap = [RUNGS[0], Rung(rank=1, code="silver", name="银卡", threshold=100, keep_threshold=40)]
    assert (
        story(rise(0, 100), rise(9, 40), until=366, versions=[ladder(rungs=cheap)]).spells[-1].cause
        == "renewed"
    )
    share = [ladder(keep_ratio=3_333)]
    assert story(rise(0, 100), rise(9, 34), until=366, versions=share).spells[-1].cause == "renewed"
    assert story(rise(0, 100), rise(9, 33), until=366, versions=share).spells[-1].state == "grace"


def test_one_instant_two_zones_two_ends() -> None:
    at = midnight("2025-02-10") + timedelta(hours=10)  # in Los Angeles still the ninth
    east = story(rise(at, 100), until=at).spells[-1]
    west = story(rise(at, 100), until=at, zone="America/Los_Angeles").spells[-1]
    assert east.valid_until == midnight("2026-02-10", "Asia/Shanghai")
    assert west.valid_until == midnight("2026-02-09", "America/Los_Angeles")
