"""Build the sets that saved segments need, renew those that know too little, and forget what all of them know.

Built one at a time under a lock per brand, each in a transaction of its own, so that its snapshot is young
and nobody who writes members ever waits for it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import structlog
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from pyroaring import BitMap64

from members.people.models import Member
from members.segments.atoms import EVERYBODY, WITH_PHONE, Atom, NoSets, atoms_of, part_of
from members.segments.dirty import sets_drop
from members.segments.fields import condition_check
from members.segments.models import Segment, SegmentSet
from members.segments.rules import Group, InvalidRule, conditions, rule_parse
from members.segments.sets import (
    FRIENDS,
    FUTURE,
    MOST_DIRTY,
    OPTED_OUT,
    UNSEEN,
    atom_answer,
    local_today,
    people_of,
)
from scrm.core import clock
from scrm.tenants.context import require_tenant_id

log = structlog.get_logger(__name__)
# Below this many members SQL over everybody is as quick as sets are.
SMALLEST = 5_000
MOST_SETS = 400
_LOCK_SPACE = 0x5E75
# A fiftieth of the members marked: asking SQL about them costs more than building anew.
_SHARE = 50
_AUDITED, _LOOKS = 5, 3

_BUILD = """
    INSERT INTO members_segmentset
        (tenant_id, key, grp, for_date, base, count, snapshot, xid, built_at, created_at, updated_at)
    VALUES (%(tenant)s, %(key)s, %(grp)s, %(day)s, %(base)s, %(count)s, %(snapshot)s, %(xid)s,
            %(now)s, %(now)s, %(now)s)
    ON CONFLICT (tenant_id, key) DO UPDATE SET
        for_date = excluded.for_date, base = excluded.base, count = excluded.count,
        snapshot = excluded.snapshot, xid = excluded.xid, built_at = excluded.built_at,
        updated_at = excluded.updated_at
"""
_FOUND = """
    SELECT array_to_string(array_agg(found.id), ','), pg_current_snapshot()::text,
           pg_current_xact_id()::text::bigint
      FROM ({people}) AS found(id)
"""
_STATE = f"""
    SELECT s.key, s.for_date, {FUTURE} OR coalesce(bool_or(cardinality(d.member_ids) = 0), false),
           coalesce(sum(cardinality(d.member_ids)), 0)
      FROM members_segmentset s LEFT JOIN members_setdirty d ON {UNSEEN}
     WHERE s.tenant_id = %(tenant)s GROUP BY s.key, s.for_date, s.snapshot
"""  # noqa: S608 - our own parts
# What every set has seen, nobody needs any longer. Of a brand without sets, whatever is over.
_TRIM = """
    DELETE FROM members_setdirty d
     WHERE d.tenant_id = %(tenant)s AND d.xid < coalesce(
        (SELECT min(pg_snapshot_xmin(s.snapshot::pg_snapshot)::text::bigint)
           FROM members_segmentset s WHERE s.tenant_id = %(tenant)s),
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
"""


class SetsWrong(RuntimeError):
    """A set gave other members than SQL: somebody writes figures without marking whom they changed."""


@dataclass(frozen=True, kw_only=True)
class SetState:
    """A set as it stands: of which day, whether it is void, and how many marks it has not seen."""

    for_date: date | None
    is_void: bool
    marked: int


def sets_renew(*, smallest: int = SMALLEST) -> dict[str, int]:
    """Build what is missing or knows too little, put away what nobody asks for; how many of each."""
    wanted = _wanted() if _size(smallest) >= smallest else {}
    today, state = local_today(), sets_state()
    limit = min(MOST_DIRTY // 2, max(500, _everybody_count() // _SHARE))
    built = 0
    for key, atom in wanted.items():
        known = state.get(key)
        is_good = (
            known is not None
            and not known.is_void
            and known.marked <= limit
            and (not atom.is_dated or known.for_date == today)
        )
        if not is_good:
            set_build(atom, today=today)
            built += 1
    gone = sorted(set(state) - set(wanted))
    with transaction.atomic():
        _lock()
        SegmentSet.objects.filter(key__in=gone).delete()
        trimmed = _trim()
    return {"built": built, "kept": len(wanted) - built, "gone": len(gone), "trimmed": trimmed}


def sets_for_rule(rule: Group, *, smallest: int = SMALLEST) -> int:
    """Build the sets of a rule that are not there yet; how many were."""
    if _size(smallest) < smallest:
        return 0
    atoms = {atom.key: atom for atom in _atoms([rule])}
    known = set(SegmentSet.objects.filter(key__in=list(atoms)).values_list("key", flat=True))
    missing = [atom for key, atom in atoms.items() if key not in known]
    for atom in missing:
        set_build(atom, today=local_today())
    return len(missing)


def sets_for_segment(segment_id: int) -> int:
    """The same for a saved segment; nothing for one that is gone or whose rule no longer runs."""
    segment = Segment.objects.filter(pk=segment_id, archived_at=None).first()
    rules = _readable([segment.rule]) if segment is not None else []
    return sum(sets_for_rule(rule) for rule in rules)


@transaction.atomic
def set_build(atom: Atom, *, today: date) -> int:
    """Build one set; how many are in it."""
    _lock()
    people = people_of(atom, today=today).values("pk")
    try:
        sql, params = people.query.sql_with_params()
    except EmptyResultSet:  # the condition can find nobody
        sql, params = "SELECT NULL::bigint WHERE false", ()
    with connection.cursor() as cursor:
        cursor.execute(_FOUND.format(people=sql), params)
        text, snapshot, xid = cursor.fetchone()
        members = BitMap64(map(int, text.split(",")) if text else ())
        cursor.execute(
            _BUILD,
            {
                "tenant": require_tenant_id(),
                "key": atom.key,
                "grp": atom.grp,
                "day": today if atom.is_dated else None,
                "base": members.serialize(),
                "count": len(members),
                "snapshot": snapshot,
                "xid": xid,
                "now": clock.now(),
            },
        )
    return len(members)


def sets_state() -> dict[str, SetState]:
    """Every set of the brand and how old it has grown."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"tenant": require_tenant_id()})
        return {
            key: SetState(for_date=for_date, is_void=is_void, marked=int(marked))
            for key, for_date, is_void, marked in cursor.fetchall()
        }


def sets_audit(*, most: int = _AUDITED) -> dict[str, int]:
    """Ask SQL for the members of a few sets, drawn by lot; SetsWrong if one tells other members.

    What is wrong is put away first, so that nobody is told by it again.
    """
    known = sets_state()
    wanted = [atom for key, atom in _wanted().items() if key in known]
    asked = random.sample(wanted, min(most, len(wanted)))
    wrong = [atom for atom in asked if not set_is_right(atom)]
    for group in sorted({atom.grp for atom in wrong}):
        sets_drop(group)
    if wrong:
        told = "; ".join(f"{atom.grp}: {atom.key[:12]}" for atom in wrong)
        log.error("segment_sets_wrong", sets=told)
        raise SetsWrong(told)
    return {"checked": len(asked), "wrong": 0}


def set_is_right(atom: Atom) -> bool:
    """Whether the set, with what is marked, tells the members SQL finds.

    The two are asked one after the other, so whoever changes in between is asked about again.
    """
    today = local_today()
    differing: BitMap64 | None = None
    for _look in range(_LOOKS):
        told = atom_answer(atom, today=today)
        if told is None:
            return True
        found = BitMap64(people_of(atom, today=today).values_list("pk", flat=True))
        now = told ^ found
        differing = now if differing is None else differing & now
        if not differing:
            return True
    return False


def _wanted() -> dict[str, Atom]:
    """The sets of every segment in use, and those that panels show; the newest segments first."""
    in_use = Segment.objects.filter(archived_at=None).order_by("-updated_at", "-id")
    rules = _readable(in_use.values_list("rule", flat=True))
    if not rules:
        return {}
    found = {atom.key: atom for atom in _atoms(rules)}
    return dict(list(found.items())[:MOST_SETS])


def _readable(told: Iterable[object]) -> list[Group]:
    rules = []
    for data in told:
        try:
            rule = rule_parse(data)
            for condition in conditions(rule):
                condition_check(condition)
        except InvalidRule:  # a field went away with its app
            continue
        rules.append(rule)
    return rules


def _atoms(rules: Iterable[Group]) -> Iterable[Atom]:
    yield from (EVERYBODY, WITH_PHONE)
    for rule in (FRIENDS, OPTED_OUT, *rules):
        try:
            yield from atoms_of(part_of(rule))
        except NoSets:
            continue


def _size(most: int) -> int:
    """How many members the brand has, counted up to ``most``."""
    return Member.objects.order_by()[:most].count()


def _everybody_count() -> int:
    found = SegmentSet.objects.filter(key=EVERYBODY.key).values_list("count", flat=True).first()
    return found or 0


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, require_tenant_id() % 2**31]
        )


def _trim() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_TRIM, {"tenant": require_tenant_id()})
        return int(cursor.rowcount)
