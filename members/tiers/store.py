"""Read the facts of many members, and write what a replay makes of them: only what differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from members.growth.selectors import entries_by_member
from members.identity.models import MemberMerge, MergeState
from members.people.models import Member
from members.rows import Col, rows_insert, rows_update
from members.segments.dirty import mark_dirty
from members.tiers.models import MemberTier, Tier, TierGiftGrant, TierLock, TierSpell
from members.tiers.outcome import ENDED, Outcome, Spell
from members.tiers.rules import Facts, Growth, Lock
from scrm.core.ids import public_id

_SPELL = (
    Col("public_id", "text"),
    Col("member_id", "bigint"),
    Col("tier_id", "bigint"),
    Col("started_at", "timestamptz"),
    Col("valid_until", "timestamptz"),
    Col("grace_until", "timestamptz"),
    Col("ended_at", "timestamptz"),
    Col("state", "text"),
    Col("cause", "text"),
)
_STANDING = (
    Col("member_id", "bigint"),
    Col("tier_id", "bigint"),
    Col("state", "text"),
    Col("started_at", "timestamptz"),
    Col("valid_until", "timestamptz"),
    Col("grace_until", "timestamptz"),
    Col("metric", "bigint"),
    Col("metric_as_of", "date"),
    Col("next_due_at", "timestamptz"),
)
_UPSERT = "ON CONFLICT (tenant_id, member_id) DO UPDATE SET updated_at = excluded.updated_at, " + ", ".join(
    f"{column.name} = excluded.{column.name}" for column in _STANDING[1:]
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What is stored of a member by now."""

    standing: MemberTier | None
    spells: Sequence[TierSpell]
    gifts: Sequence[TierGiftGrant]


def tier_codes() -> dict[int, str]:
    """Codes of all tiers there ever were."""
    return dict(Tier.objects.values_list("pk", "code"))


def stored_read(member_ids: Collection[int]) -> dict[int, Stored]:
    """Standing, spells and gifts of these members."""
    ids = list(member_ids)
    standings = {row.member_id: row for row in MemberTier.objects.filter(member_id__in=ids)}
    spells: dict[int, list[TierSpell]] = defaultdict(list)
    for spell in TierSpell.objects.filter(member_id__in=ids).order_by("started_at"):
        spells[spell.member_id].append(spell)
    gifts: dict[int, list[TierGiftGrant]] = defaultdict(list)
    for gift in TierGiftGrant.objects.filter(member_id__in=ids).order_by("at"):
        gifts[gift.member_id].append(gift)
    return {
        key: Stored(standing=standings.get(key), spells=spells[key], gifts=gifts[key])
        for key in ids
    }


@dataclass(frozen=True)
class _Merge:
    source: int
    target: int
    at: datetime


def facts_read(
    member_ids: Collection[int], stored: Mapping[int, Stored], codes: Mapping[int, str]
) -> dict[int, Facts]:
    """What the replay looks at, per member, people who were merged into them included."""
    ids = list(member_ids)
    pile = _Pile(joined={})
    for key, entries in entries_by_member(ids).items():
        for entry in entries:
            pile.growth[key, entry.origin or key].append(
                Growth(
                    amount=entry.amount,
                    effective_at=entry.effective_at,
                    occurred_at=entry.occurred_at,
                )
            )
    for lock in TierLock.objects.filter(member_id__in=ids):
        until = min(lock.until, lock.released_at or lock.until)
        pile.locks[lock.member_id, lock.origin or lock.member_id].append(
            Lock(code=codes[lock.tier_id], from_at=lock.from_at, until=until)
        )
    merges = _merges_into(ids)
    for merge in merges:
        pile.into[merge.target].append(merge)
    people = {*ids, *(merge.source for merge in merges)}
    pile.joined = dict(Member.objects.filter(pk__in=people).values_list("pk", "registered_at"))
    used = {
        key: frozenset(
            (codes[gift.tier_id], gift.at) for gift in rows.gifts if gift.used_at is not None
        )
        for key, rows in stored.items()
    }
    return {
        key: replace(pile.person(key, key), used=used[key]) for key in ids if key in pile.joined
    }


@dataclass(kw_only=True)
class _Pile:
    """Facts as they lie in the tables: by whose they are now, and whose they were before a merge."""

    joined: dict[int, datetime]
    growth: dict[tuple[int, int], list[Growth]] = field(default_factory=lambda: defaultdict(list))
    locks: dict[tuple[int, int], list[Lock]] = field(default_factory=lambda: defaultdict(list))
    into: dict[int, list[_Merge]] = field(default_factory=lambda: defaultdict(list))

    def person(self, holder: int, origin: int) -> Facts:
        """What was this person's own, and of everybody who went into it."""
        return Facts(
            joined_at=self.joined[origin],
            growth=self.growth[holder, origin],
            locks=self.locks[holder, origin],
            joined=[(merge.at, self.person(holder, merge.source)) for merge in self.into[origin]],
        )


def _merges_into(member_ids: Collection[int]) -> list[_Merge]:
    """Merges that stand, into these people and into those who went into them."""
    found: list[_Merge] = []
    waiting = set(member_ids)
    while waiting:
        rows = MemberMerge.objects.filter(
            target_id__in=waiting, state__in=(MergeState.MOVING, MergeState.DONE)
        ).values_list("source_id", "target_id", "merged_at")
        new = [_Merge(*row) for row in rows]
        found += new
        waiting = {merge.source for merge in new}
    return found


# -- writing -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Result:
    """A member's stored rows and what should be there."""

    member_id: int
    stored: Stored
    outcome: Outcome


def spells_write(results: Sequence[Result], tiers: Mapping[str, int]) -> None:
    """Spells as the outcomes have them. One may be open at a time, so what ends is written first."""
    gone: list[int] = []
    ends: list[tuple[Any, ...]] = []
    stays: list[tuple[Any, ...]] = []
    new: list[tuple[Any, ...]] = []
    for result in results:
        known = {(row.started_at, row.tier_id): row for row in result.stored.spells}
        for spell in result.outcome.spells:
            row = known.pop((spell.started_at, tiers[spell.code]), None)
            values = _values(spell)
            if row is None:
                new.append(
                    (
                        public_id("tsp"), result.member_id, tiers[spell.code],
                        spell.started_at, *values,
                    )
                )  # fmt: skip
            elif values != (
                row.valid_until, row.grace_until, row.ended_at, row.state, row.cause,
            ):  # fmt: skip
                (ends if spell.state == ENDED else stays).append((row.pk, *values))
        gone += [row.pk for row in known.values()]
    TierSpell.objects.filter(pk__in=gone).delete()
    rows_update(TierSpell, _SPELL[4:], ends)
    rows_update(TierSpell, _SPELL[4:], stays)
    rows_insert(TierSpell, _SPELL, new)


def _values(spell: Spell) -> tuple[Any, ...]:
    return spell.valid_until, spell.grace_until, spell.ended_at, spell.state, spell.cause


def standings_write(results: Sequence[Result], tiers: Mapping[str, int], day: date) -> None:
    """The copy of the open spell that lists and nights read."""
    rows = []
    for result in results:
        spell, old = result.outcome.spells[-1], result.stored.standing
        values = (
            tiers[spell.code], spell.state, spell.started_at, spell.valid_until,
            spell.grace_until, result.outcome.metric,
        )  # fmt: skip
        due = result.outcome.due_at
        if old is not None and (
            old.tier_id, old.state, old.started_at, old.valid_until, old.grace_until, old.metric,
            old.next_due_at,
        ) == (*values, due):  # fmt: skip
            continue
        rows.append((result.member_id, *values, day, due))
    rows_insert(MemberTier, _STANDING, rows, conflict=_UPSERT)
    mark_dirty([row[0] for row in rows], "tier")
