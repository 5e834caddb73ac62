"""Settle figures, contribution and stages: every night for everybody, after a merge for the two."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import transaction

from members.lifecycle import store
from members.lifecycle.models import DIRTY, NEVER, PulseDay
from members.lifecycle.rules import ScoreTerms
from members.people.models import GONE, Member
from members.segments.dirty import mark_dirty
from scrm.events.bus import publish
from scrm.tenants.context import require_tenant_id
from scrm.tenants.settings import setting

_CHUNK = 5_000
_TOLD = 500


def terms_now() -> ScoreTerms:
    """Weights and caps of the brand."""
    spend, interaction, social = setting("contribution.weights")
    return ScoreTerms(
        weights=(spend, interaction, social),
        caps=(
            setting("contribution.cap_spend"),
            setting("contribution.cap_interactions"),
            setting("contribution.cap_social"),
        ),
    )


def day_shared() -> date:
    """The day the figures hold for; held still until the transaction ends, so that no night is under way."""
    sql = "SELECT * FROM members_pulseday WHERE tenant_id = %s FOR SHARE"
    found = list(PulseDay.objects.raw(sql, [require_tenant_id()]))
    if not found:
        PulseDay.objects.bulk_create([PulseDay(as_of=NEVER)], ignore_conflicts=True)
        found = list(PulseDay.objects.raw(sql, [require_tenant_id()]))
    return found[0].as_of


@transaction.atomic
def pulses_make(member_ids: Collection[int] | None = None) -> int:
    """Give these members, or all, the row they lack."""
    day_shared()
    missing = store.pulses_missing(member_ids)
    for place in range(0, len(missing), _CHUNK):
        store.pulses_insert(missing[place : place + _CHUNK])
    mark_dirty(missing, DIRTY)
    return len(missing)


@transaction.atomic
def pulses_touch(member_ids: Collection[int]) -> None:
    """These members did something: their first and last active day follow at once."""
    day_shared()
    pulses_make(member_ids)
    store.pulses_touch(member_ids)
    mark_dirty(member_ids, DIRTY)


def pulse_night(as_of: date) -> dict[str, int]:
    """Nightly: everybody's figures, score and stage as of that day, history of who moved.

    A night that is run again, or late, settles the newest day anew: facts that came late count, nothing
    is written twice, and nobody is set back to an older day.
    """
    made = pulses_make()
    with transaction.atomic():
        day_shared()
        day = PulseDay.objects.select_for_update(of=("self",)).get()
        day.as_of = max(day.as_of, as_of)
        day.save(update_fields=["as_of", "updated_at"])
        settled = store.pulses_settle(day.as_of, terms_now())
        mark_dirty(settled.member_ids, DIRTY)
        _moves_publish(settled.moves, day.as_of)
    return {"new": made, "written": len(settled.member_ids), "moved": len(settled.moves)}


@transaction.atomic
def pulses_refresh(member_ids: Collection[int]) -> None:
    """The same for some, as of the day that holds."""
    living = Member.objects.filter(pk__in=list(member_ids)).exclude(status__in=GONE)
    wanted = sorted(living.values_list("pk", flat=True))
    if not wanted:
        return
    pulses_touch(wanted)
    day = day_shared()
    if day == NEVER:
        return  # the first night settles everybody
    settled = store.pulses_settle(day, terms_now(), member_ids=wanted)
    mark_dirty(settled.member_ids, DIRTY)
    _moves_publish(settled.moves, day)


def _moves_publish(moves: list[tuple[int, str, str]], day: date) -> None:
    for place in range(0, len(moves), _TOLD):
        part = [list(move) for move in moves[place : place + _TOLD]]
        publish("member.stage_changed", payload={"moves": part, "as_of": day.isoformat()})
