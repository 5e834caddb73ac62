"""Who was in a segment each night: taken, compared, and told as people who stayed, came and went."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from pyroaring import BitMap64

from members.people.models import Member
from members.people.selectors import living_ids, members_listed, person_ids
from members.segments.models import Segment, SegmentSnapshot
from members.segments.selectors import segment_get
from members.segments.sets import rule_member_ids
from scrm.access.scope import scope_here
from scrm.core import clock
from scrm.core.errors import DomainError, NotFound
from scrm.tenants.keys import keys_among

# A quarter of a year of nights.
KEPT_DAYS = 92
WEEK = 7
_MOST_LISTED = 10_000


def snapshot_take(segment: Segment, day: date) -> SegmentSnapshot:
    """Write down who is in the segment, with days counted back from the given one; once per day."""
    members = rule_member_ids(segment.rule, today=day)
    taken, _is_new = SegmentSnapshot.objects.update_or_create(
        segment=segment,
        for_date=day,
        defaults={
            "taken_at": clock.now(),
            "count": len(members),
            "members": members.serialize(),
        },
    )
    return taken


def snapshots_take(as_of: date) -> dict[str, int]:
    """Nightly: one snapshot of every segment whose rule still runs; old ones go."""
    done = failed = 0
    for segment in Segment.objects.filter(archived_at=None).order_by("pk"):
        try:
            snapshot_take(segment, as_of)
            done += 1
        except DomainError:  # a field went away with its app
            failed += 1
    old = SegmentSnapshot.objects.filter(for_date__lt=as_of - timedelta(days=KEPT_DAYS))
    gone, _by_model = old.delete()
    return {"taken": done, "void": failed, "forgotten": gone}


def snapshots_of(segment: Segment) -> QuerySet[SegmentSnapshot]:
    """The nights of a segment without the members; nobody's for who does not see the whole brand."""
    found = SegmentSnapshot.objects.filter(segment=segment).defer("members")
    return found if scope_here().is_everything else found.none()


def deltas_of(segment_ids: Collection[int]) -> dict[int, int]:
    """How many members each segment gained in the week before its latest night; where both are known."""
    rows = SegmentSnapshot.objects.filter(segment_id__in=list(segment_ids))
    if not segment_ids or not scope_here().is_everything:
        return {}
    latest = rows.order_by("-for_date").values_list("for_date", flat=True).first()
    if latest is None:
        return {}
    ends = (latest, latest - timedelta(days=WEEK))
    counts: dict[int, dict[date, int]] = {}
    for key, day, count in rows.filter(for_date__in=ends).values_list(
        "segment_id", "for_date", "count"
    ):
        counts.setdefault(key, {})[day] = count
    return {key: of[ends[0]] - of[ends[1]] for key, of in counts.items() if len(of) == len(ends)}


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Who entered and who left between two nights. Whoever was merged goes by the member they are now."""

    start: date
    end: date
    entered: BitMap64
    left: BitMap64
    stayed: int

    @property
    def entered_count(self) -> int:
        return _seen(self.entered)

    @property
    def left_count(self) -> int:
        return _seen(self.left)


def _seen(members: BitMap64) -> int:
    return len(members) if scope_here().is_everything else members_among(members).count()


def changes_of(segment: Segment, *, start: date, end: date) -> Changes:
    """Between the snapshots of two days; NotFound where one was not taken."""
    kept = dict(
        SegmentSnapshot.objects.filter(segment=segment, for_date__in=(start, end)).values_list(
            "for_date", "members"
        )
    )
    if {start, end} - kept.keys():
        raise NotFound
    before, after = (BitMap64.deserialize(bytes(kept[day])) for day in (start, end))
    persons = _persons(before ^ after)
    entered = _people(after - before, persons, before)
    left = _people(before - after, persons, after)
    return Changes(
        start=start, end=end, entered=entered, left=left, stayed=len(after) - len(entered)
    )


def _persons(members: BitMap64) -> dict[int, tuple[int, tuple[int, ...]]]:
    """Key → the member it stands for now, and every account of that person."""
    living = living_ids(list(members)) if members else {}
    accounts = person_ids(set(living.values())) if living else {}
    return {key: (now, accounts[now]) for key, now in living.items()}


def _people(
    changed: BitMap64, persons: dict[int, tuple[int, tuple[int, ...]]], others: BitMap64
) -> BitMap64:
    """Those of them whose person does not stand among the others under another account."""
    return BitMap64(
        persons[key][0]
        for key in changed
        if not any(account in others for account in persons[key][1])
    )


def members_among(members: Iterable[int]) -> QuerySet[Member]:
    """Those of them who can be seen now; of very many the ones who came last."""
    return members_listed().filter(keys_among("pk", list(members)[-_MOST_LISTED:]))


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two audiences at this moment."""

    first: Segment
    second: Segment
    both: BitMap64
    only_first: BitMap64
    only_second: BitMap64

    @property
    def both_count(self) -> int:
        return len(self.both)

    @property
    def only_first_count(self) -> int:
        return len(self.only_first)

    @property
    def only_second_count(self) -> int:
        return len(self.only_second)

    @property
    def first_count(self) -> int:
        return len(self.both) + len(self.only_first)

    @property
    def second_count(self) -> int:
        return len(self.both) + len(self.only_second)


def segments_compared(first: str, second: str) -> Compared:
    """Who is in both, and who in only one of them; NotFound for an unknown segment."""
    one, other = segment_get(first), segment_get(second)
    members, others = rule_member_ids(one.rule), rule_member_ids(other.rule)
    return Compared(
        first=one,
        second=other,
        both=members & others,
        only_first=members - others,
        only_second=others - members,
    )
