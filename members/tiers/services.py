"""Settle tiers: replay the facts of members, write what differs, say what moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from members.growth.services import accounts_lock
from members.people.selectors import living_ids, member_get
from members.segments.dirty import mark_dirty, sets_drop
from members.tiers.errors import TierLocked
from members.tiers.gifts import gifts_write
from members.tiers.ladder import versions_follow
from members.tiers.models import GiftState, MemberTier, Tier, TierGiftGrant, TierLock
from members.tiers.outcome import ACTIVE, GRACE, LOCKED
from members.tiers.replay import play
from members.tiers.rules import Version, window_start
from members.tiers.selectors import lock_of, version_now
from members.tiers.store import (
    Result,
    facts_read,
    spells_write,
    standings_write,
    stored_read,
    tier_codes,
)
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue, NotFound
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.bus import publish
from scrm.tenants.context import current_tenant, require_tenant_id

CHUNK = 500
_SHORTEST_REASON = 2

_BASE = """
    WITH fresh AS (
        INSERT INTO members_membertier (tenant_id, member_id, tier_id, state, started_at, metric, metric_as_of,
                                        created_at, updated_at)
        SELECT m.tenant_id, m.id, %(tier)s, 'active', greatest(m.registered_at, %(since)s), 0, %(day)s,
               statement_timestamp(), statement_timestamp()
          FROM members_member m
         WHERE m.tenant_id = %(tenant)s AND m.status NOT IN ('merged', 'erased')
           AND (%(all)s OR m.id = ANY(%(members)s))
           AND NOT EXISTS (SELECT 1 FROM members_membertier s WHERE s.tenant_id = m.tenant_id AND s.member_id = m.id)
           AND NOT EXISTS (SELECT 1 FROM members_growthentry e WHERE e.tenant_id = m.tenant_id AND e.member_id = m.id)
        ON CONFLICT (tenant_id, member_id) DO NOTHING
        RETURNING member_id
    )
    SELECT count(*) FROM fresh
"""
_DUE = """
    SELECT member_id FROM members_membertier
     WHERE tenant_id = %s AND next_due_at <= %s ORDER BY next_due_at, member_id LIMIT %s
"""
_AGE = """
    UPDATE members_membertier t SET metric = s.amount, metric_as_of = %(day)s, updated_at = statement_timestamp()
      FROM (
        SELECT member_id, coalesce(sum(amount) FILTER (WHERE effective_at >= %(start)s), 0)::bigint AS amount
          FROM members_growthentry WHERE tenant_id = %(tenant)s GROUP BY member_id
      ) s
     WHERE t.tenant_id = %(tenant)s AND t.member_id = s.member_id AND t.metric <> s.amount
"""


def tiers_settle(member_ids: Collection[int], *, at: datetime | None = None) -> list[int]:
    """Bring these members' spells, gifts and standing to what their facts say; returns who moved."""
    moved: list[int] = []
    ids = sorted(set(member_ids))
    for place in range(0, len(ids), CHUNK):
        moved += _settle(ids[place : place + CHUNK], at or clock.now())
    return moved


@transaction.atomic
def _settle(member_ids: Sequence[int], at: datetime) -> list[int]:
    versions = versions_follow()
    if not versions:
        return []
    ids = sorted(set(living_ids(member_ids, lock=True).values()))
    accounts_lock(ids)
    zone = current_tenant().timezone
    codes = tier_codes()
    tiers = {code: key for key, code in codes.items()}
    stored = stored_read(ids)
    results = []
    for key, facts in facts_read(ids, stored, codes).items():
        outcome = play(facts, versions, at, zone)
        if outcome.spells:
            results.append(Result(member_id=key, stored=stored[key], outcome=outcome))
    spells_write(results, tiers)
    standings_write(results, tiers, clock.local_date(at, zone))
    gifts_write(results, tiers)
    moves = [move for result in results if (move := _move(result, versions[-1], codes))]
    if moves:
        publish("tier.changed", payload={"moves": moves})
    return [move[0] for move in moves]


def _move(result: Result, version: Version, codes: dict[int, str]) -> list[Any] | None:
    """What a member is to be told: the net of everything that became known at once."""
    spell, old = result.outcome.spells[-1], result.stored.standing
    base = version.rungs[0]
    before = codes[old.tier_id] if old is not None else base.code
    was, now = version.rung(before) or base, version.rung(spell.code) or base
    kind = ""
    if was.code != now.code:
        kind = "upgraded" if now.rank > was.rank else "downgraded"
    elif old is not None and spell.state != old.state:
        kind = {GRACE: "grace_started", LOCKED: "locked"}.get(spell.state, "")
        if spell.state == ACTIVE:
            kind = "unlocked" if old.state == LOCKED else "renewed"
    elif old is not None and now.rank and spell.started_at > old.started_at:
        kind = "renewed"
    if not kind:
        return None
    at = spell.started_at
    if kind == "grace_started" and spell.valid_until is not None:
        at = spell.valid_until
    return [result.member_id, before, spell.code, kind, at.isoformat()]


def members_enter(member_ids: Iterable[int] | None = None) -> int:
    """Put members without growth on the base, in one statement; None means everybody."""
    version = version_now()
    base = Tier.objects.filter(archived_at=None, is_base=True).first()
    if version is None or base is None:
        return 0
    since = min(each.at for each in versions_follow())
    entering = list(member_ids or ())
    with connection.cursor() as cursor:
        cursor.execute(
            _BASE,
            {
                "tenant": require_tenant_id(),
                "tier": base.pk,
                "since": since,
                "day": clock.local_date(clock.now(), current_tenant().timezone),
                "all": member_ids is None,
                "members": entering,
            },
        )
        entered = int(cursor.fetchone()[0])
    if entered and member_ids is None:
        sets_drop("tier")
    elif entered:
        mark_dirty(entering, "tier")
    return entered


def tiers_due(_as_of: date) -> dict[str, int]:
    """The night of tiers: whose spell, grace or lock has ended moves at its own date; windows age."""
    now = clock.now()
    with transaction.atomic():
        versions = versions_follow()
    if not versions:
        return {"members": 0, "moved": 0}
    looked = moved = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_DUE, [require_tenant_id(), now, CHUNK])
            due = [row[0] for row in cursor.fetchall()]
        if not due:
            break
        moved += len(tiers_settle(due, at=now))
        looked += len(due)
        still = MemberTier.objects.filter(member_id__in=due, next_due_at__lte=now)
        if still.count() == len(due):  # nobody moved on: somebody merged away, or a fault
            still.update(next_due_at=None)
    return {"members": looked, "moved": moved, "aged": metrics_age(versions[-1])}


def metrics_age(version: Version) -> int:
    """Bring the counted growth of everybody to today's window; returns whose differed."""
    zone = current_tenant().timezone
    day = clock.local_date(clock.now(), zone)
    with connection.cursor() as cursor:
        cursor.execute(
            _AGE,
            {
                "tenant": require_tenant_id(),
                "day": day,
                "start": window_start(day, version.rules, zone),
            },
        )
        aged = int(cursor.rowcount)
    if aged:
        sets_drop("tier")
    return aged


# -- by hand -----------------------------------------------------------------------------------------


@transaction.atomic
def tier_lock(*, member: str, code: str, until: datetime, reason: str) -> TierLock:
    """Give a member a tier by hand until an instant; growth and time change nothing meanwhile."""
    person = member_get(member)
    key = living_ids([person.pk], lock=True)[person.pk]
    accounts_lock([key])
    now = clock.now()
    tier = Tier.objects.filter(code=code, archived_at=None).first()
    if tier is None:
        raise InvalidValue(_("没有这个等级"), pointer="/tier")
    if until <= now:
        raise InvalidValue(_("锁定要到将来的某个时间为止"), pointer="/until")
    if len(reason.strip()) < _SHORTEST_REASON:
        raise InvalidValue(_("请写明原因"), pointer="/reason")
    if lock_of(key) is not None:
        raise TierLocked(_("这位会员的等级已经锁定，先解除再改"))
    lock = TierLock.objects.create(
        member_id=key, tier=tier, from_at=now, until=until, reason=reason.strip()[:200],
        author=current_actor().label[:80],
    )  # fmt: skip
    record(
        "tiers.locked",
        object_type="member",
        object_id=person.public_id,
        after={"tier": code, "until": until.isoformat(), "reason": lock.reason},
    )
    tiers_settle([key])
    return lock


@transaction.atomic
def tier_unlock(*, member: str) -> None:
    """End a lock now; what it held back is decided at once."""
    person = member_get(member)
    key = living_ids([person.pk], lock=True)[person.pk]
    accounts_lock([key])
    lock = lock_of(key)
    if lock is None:
        raise InvalidTransition(_("这位会员的等级没有锁定"))
    lock.released_at = clock.now()
    lock.save(update_fields=["released_at", "updated_at"])
    record(
        "tiers.unlocked",
        object_type="member",
        object_id=person.public_id,
        before={"tier": lock.tier.code, "until": lock.until.isoformat()},
    )
    tiers_settle([key])


@transaction.atomic
def gift_use(*, grant: str = "", key: int = 0) -> TierGiftGrant:
    """The member took the gift up; from then on nobody takes it back. Named by public id or by key."""
    rows = TierGiftGrant.objects.select_for_update(of=("self",))
    row = (rows.filter(pk=key) if key else rows.filter(public_id=grant)).first()
    if row is None:
        raise NotFound
    if row.state == GiftState.VOIDED:
        raise InvalidTransition(_("礼遇已作废"))
    if row.used_at is None:
        row.state, row.used_at = GiftState.USED, clock.now()
        row.save(update_fields=["state", "used_at", "updated_at"])
    return row
