"""Who fulfils a rule, by sets where they can tell and by SQL for the rest: exact either way.

A set says who fulfilled one condition in one snapshot of the database. Members marked by transactions which that
snapshot did not see are taken out of the answer and asked of SQL; so what is old is never wrong.
See docs/adr/0021-sets.md.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from pyroaring import BitMap64

from members.people.models import GONE, Member
from members.people.selectors import members_listed
from members.segments.atoms import (
    EVERYBODY,
    WITH_PHONE,
    Atom,
    Leaf,
    NoSets,
    Part,
    answer,
    atoms_of,
    is_rest,
    part_of,
)
from members.segments.compiler import rule_filter
from members.segments.dirty import PERSON
from members.segments.fields import condition_check
from members.segments.rules import Condition, Group, conditions, rule_parse
from scrm.access.scope import scope_here
from scrm.core import clock
from scrm.tenants.context import current_tenant, require_tenant_id
from scrm.tenants.keys import keys_among

# More marked members than this, and SQL over everybody is quicker than SQL over them.
MOST_DIRTY = 20_000
# What a set has not seen: marks of transactions that were not yet visible in its snapshot, and those of the
# transaction that built it, which may have gone on writing.
UNSEEN = f"""
    d.tenant_id = s.tenant_id AND d.grp IN (s.grp, '{PERSON}')
    AND d.xid >= pg_snapshot_xmin(s.snapshot::pg_snapshot)::text::bigint
    AND (d.xid = s.xid OR NOT pg_visible_in_snapshot(d.xid::text::xid8, s.snapshot::pg_snapshot))
"""
# A snapshot from beyond this server's transactions came with a restored dump.
FUTURE = """
    pg_snapshot_xmax(s.snapshot::pg_snapshot)::text::bigint
        > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
# One statement: sets and marks as of the same moment.
_READ = f"""
    WITH s AS (
        SELECT * FROM members_segmentset WHERE tenant_id = %(tenant)s AND key = ANY(%(keys)s)
    ), d AS MATERIALIZED (
        SELECT d.member_ids FROM members_setdirty d
         WHERE d.tenant_id = %(tenant)s AND EXISTS (SELECT 1 FROM s WHERE {UNSEEN})
    )
    SELECT s.key, s.xid, s.xid IS NOT DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint,
           CASE WHEN s.key || s.xid = ANY(%(held)s) THEN NULL ELSE s.base END,
           s.for_date, {FUTURE}, NULL::bigint[]
      FROM s
    UNION ALL
    SELECT '', 0, false, NULL, NULL, coalesce(bool_or(cardinality(d.member_ids) = 0), false),
           ARRAY(SELECT DISTINCT m FROM d AS e, unnest(e.member_ids) AS m LIMIT %(most)s)
      FROM d
"""  # noqa: S608 - our own parts


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Members of a rule, and among them friends, holders of a phone, and who wants no messages."""

    members: BitMap64
    friends: BitMap64
    phones: BitMap64
    opted_out: BitMap64


FRIENDS = Group("all", (Condition("member.is_wecom_friend", "is", value=True),))
OPTED_OUT = Group("all", (Condition("member.is_opted_out", "is", value=True),))


def people_here() -> QuerySet[Member]:
    """Everybody of the brand who can be in a segment."""
    return Member.objects.exclude(status__in=GONE)


def rule_checked(data: Group | dict[str, object]) -> Group:
    """The rule if every field, operator and value fits; InvalidRule otherwise."""
    rule = data if isinstance(data, Group) else rule_parse(data)
    for condition in conditions(rule):
        condition_check(condition)
    return rule


def local_today() -> date:
    """The brand's local day."""
    return clock.local_date(clock.now(), current_tenant().timezone)


def rule_member_ids(rule: Group | dict[str, object], *, today: date | None = None) -> BitMap64:
    """Keys of everybody who fulfils the rule and may be seen."""
    found = sets_answer(rule, today=today)
    if found is not None:
        return found
    people = rule_filter(members_listed(), rule_checked(rule), today=today)
    return BitMap64(people.values_list("pk", flat=True).iterator(chunk_size=20_000))


def rule_count(rule: Group | dict[str, object], *, today: date | None = None) -> int:
    """How many that are."""
    found = sets_answer(rule, today=today)
    if found is not None:
        return len(found)
    return rule_filter(members_listed(), rule_checked(rule), today=today).count()


def sets_answer(rule: Group | dict[str, object], *, today: date | None = None) -> BitMap64 | None:
    """Who fulfils the rule if sets can tell; None leaves it to SQL. Nobody with a data scope is told by sets."""
    asked = _Question(rule_checked(rule), today or local_today())
    sets = asked.read()
    return None if sets is None else asked.members(asked.rule, sets)


def atom_answer(atom: Atom, *, today: date) -> BitMap64 | None:
    """Who fulfils one condition, if its set can tell."""
    asked = _Question(atom, today)
    sets = asked.read()
    return None if sets is None else asked.members(atom, sets)


def sets_reached(rule: Group | dict[str, object]) -> Reached | None:
    """The rule's members and how they can be reached, if sets can tell."""
    asked = _Question(rule_checked(rule), local_today(), FRIENDS, OPTED_OUT, WITH_PHONE)
    sets = asked.read()
    if sets is None:
        return None
    members = asked.members(asked.rule, sets)
    opted_out = members & asked.members(OPTED_OUT, sets)
    open_to = members - opted_out
    return Reached(
        members=members,
        opted_out=opted_out,
        friends=open_to & asked.members(FRIENDS, sets),
        phones=open_to & asked.members(WITH_PHONE, sets),
    )


@dataclass(frozen=True, kw_only=True)
class _Sets:
    """Sets as they stand, and whom they do not know any longer."""

    by_key: dict[str, BitMap64]
    dirty: list[int]


class Held:
    """Sets this process has read, by the transaction that built them; the ones used last, up to a size.

    Nobody changes a bitmap that is held: algebra makes new ones. What one's own transaction built is not held, since
    it may yet be undone.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most, self._size = most_bytes, 0
        self._kept: OrderedDict[tuple[int, str], tuple[int, BitMap64, int]] = OrderedDict()
        self._lock = Lock()

    def versions(self, keys: Iterable[str]) -> dict[str, int]:
        """Which of these are here, and of which transaction."""
        tenant = require_tenant_id()
        with self._lock:
            return {key: self._kept[tenant, key][0] for key in keys if (tenant, key) in self._kept}

    def get(self, key: str, xid: int) -> BitMap64 | None:
        place = require_tenant_id(), key
        with self._lock:
            found = self._kept.get(place)
            if found is None or found[0] != xid:
                return None
            self._kept.move_to_end(place)
            return found[1]

    def keep(self, key: str, xid: int, members: BitMap64, size: int) -> None:
        place = require_tenant_id(), key
        with self._lock:
            self._size -= self._kept.pop(place, (0, None, 0))[2]
            self._kept[place] = xid, members, size
            self._size += size
            while self._size > self._most:
                self._size -= self._kept.popitem(last=False)[1][2]


HELD = Held(32_000_000)


class _Question:
    """A rule, and whatever else is asked of the same moment."""

    def __init__(self, rule: Group | Atom, today: date, *others: Group | Atom) -> None:
        self.rule, self.today, self.others = rule, today, others
        self.parts: dict[Group | Atom, Part] = {}

    def read(self) -> _Sets | None:
        """What the database has; None when something is missing, too old or nobody's to see."""
        if not scope_here().is_everything:
            return None
        try:
            self.parts = {each: _part(each) for each in (self.rule, *self.others)}
        except NoSets:
            return None
        parts = self.parts.values()
        wanted = {atom.key: atom for part in parts for atom in atoms_of(part)}
        if any(is_rest(part) for part in parts):
            wanted[EVERYBODY.key] = EVERYBODY
        held = HELD.versions(wanted)
        values: dict[str, Any] = {
            "tenant": require_tenant_id(),
            "keys": list(wanted),
            "held": [f"{key}{xid}" for key, xid in held.items()],
            "most": MOST_DIRTY + 1,
        }
        with connection.cursor() as cursor:
            cursor.execute(_READ, values)
            rows = cursor.fetchall()
        sets = _Sets(by_key={}, dirty=[])
        for key, xid, is_ours, base, for_date, is_off, dirty in rows:
            if is_off:
                return None
            if not key:
                sets.dirty.extend(dirty)
            elif not wanted[key].is_dated or for_date == self.today:
                found = HELD.get(key, xid) if base is None else BitMap64.deserialize(bytes(base))
                if found is None:  # another thread's sets have just taken its place
                    return None
                if base is not None and not is_ours:
                    HELD.keep(key, xid, found, len(base))
                sets.by_key[key] = found
        is_whole = len(sets.by_key) == len(wanted) and len(sets.dirty) <= MOST_DIRTY
        return sets if is_whole else None

    def members(self, asked: Group | Atom, sets: _Sets) -> BitMap64:
        """Who that is: those the sets know, and of the others whoever SQL finds."""
        found = answer(self.parts[asked], sets.by_key)
        settled = sets.by_key[EVERYBODY.key] - found.members if found.is_rest else found.members
        if not sets.dirty:
            return settled.copy()  # it may be one that others read
        again = people_of(asked, today=self.today).filter(keys_among("pk", sets.dirty))
        return (settled - BitMap64(sets.dirty)) | BitMap64(again.values_list("pk", flat=True))


def _part(asked: Group | Atom) -> Part:
    return Leaf(asked) if isinstance(asked, Atom) else part_of(asked)


def people_of(asked: Group | Atom, *, today: date) -> QuerySet[Member]:
    """Members of the whole brand as SQL finds them."""
    if isinstance(asked, Group):
        return rule_filter(people_here(), asked, today=today)
    if asked.condition is None:
        return people_here().filter(asked.narrowed)
    return rule_filter(people_here(), Group("all", (asked.condition,)), today=today)
