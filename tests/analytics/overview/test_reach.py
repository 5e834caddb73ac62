from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from analytics.overview import cards, loop
from analytics.overview.rules import Period
from analytics.overview.selectors import overview_get, reach_get
from communities.outreach.models import Push
from scrm.core import clock
from scrm.tenants.models import Tenant

WEEK = Period(first=date(2026, 3, 2), last=date(2026, 3, 8))


def push(at: Any, state: str = "done", **tally: int) -> None:
    Push.objects.create(name="上新", scheduled_at=at, state=state, tally=tally or None)


def test_reach_adds_up_the_pushes_of_the_local_days(brand: Tenant) -> None:
    start = clock.local_midnight(WEEK.first, brand.timezone)
    end = clock.local_midnight(WEEK.last + timedelta(days=1), brand.timezone)
    push(start, sent=70, failed=5, suppressed=20, submitted=5)
    push(end - timedelta(seconds=1), sent=1, queued=9)
    push(start - timedelta(seconds=1), sent=500)
    push(end, sent=500)
    push(start, state="draft", sent=500)
    reach = reach_get(WEEK)
    assert (reach.pushes, reach.targeted, reach.excluded, reach.submitted, reach.sent, reach.failed) == (
        2, 110, 20, 81, 71, 5,
    )  # fmt: skip
    assert [part.value for part in cards.reach_parts(reach)] == [110, 90, 81, 71]


def test_a_running_push_is_counted_live(brand: Tenant) -> None:
    push(clock.local_midnight(WEEK.first, brand.timezone), state="sending")
    assert (reach_get(WEEK).pushes, reach_get(WEEK).targeted) == (1, 0)


def test_whoever_owns_a_part_of_the_loop_counts_it(
    brand: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_sources", {})
    loop.loop_part_register(loop.LoopSource(part="groups", count=lambda: 7))
    counts = {part.part: part.count for part in overview_get(WEEK).loop}
    assert (counts["groups"], counts["events"], counts["members"]) == (7, None, 0)
    for part in ("groups", "nothing"):
        with pytest.raises(ValueError, match="registered twice"):
            loop.loop_part_register(loop.LoopSource(part=part, count=lambda: 7))
