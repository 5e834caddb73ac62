"""Two members become one, and one two again: growth, locks and gifts move, spells are replayed (N-40)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from members.growth.models import GrowthAccount, GrowthEntry
from members.growth.posting import Change
from members.growth.services import accounts_lock, changes_apply, growth_settle
from members.identity.participants import Effect, MergePair, Moved
from members.tiers.models import MemberTier, TierGiftGrant, TierLock, TierSpell
from members.tiers.selectors import tier_of, version_now
from members.tiers.services import tiers_settle
from scrm.core import clock
from scrm.tenants.context import require_tenant_id

_TAKE = """
    UPDATE members_growthentry SET member_id = %(target)s, origin = coalesce(origin, %(source)s)
     WHERE tenant_id = %(tenant)s AND member_id = %(source)s AND id = ANY(%(ids)s)
"""
# Later entries of the same orders go back with those that were moved.
_GIVE_BACK = """
    UPDATE members_growthentry e
       SET member_id = %(source)s, origin = nullif(e.origin, %(source)s)
     WHERE e.tenant_id = %(tenant)s AND e.member_id = %(target)s
       AND (e.source_type, e.source_id) IN (
           SELECT k.source_type, k.source_id FROM members_growthentry k
            WHERE k.tenant_id = %(tenant)s AND k.id = ANY(%(ids)s))
    RETURNING e.amount
"""
_HELD = {
    "gifts": """
        UPDATE members_tiergiftgrant t SET member_id = %(target)s, origin = coalesce(t.origin, %(source)s)
         WHERE t.tenant_id = %(tenant)s AND t.member_id = %(source)s AND NOT EXISTS (
               SELECT 1 FROM members_tiergiftgrant k WHERE k.tenant_id = t.tenant_id
                  AND k.member_id = %(target)s AND k.tier_id = t.tier_id AND k.at = t.at)
        RETURNING t.id
    """,
    "locks": """
        UPDATE members_tierlock t SET member_id = %(target)s, origin = coalesce(t.origin, %(source)s)
         WHERE t.tenant_id = %(tenant)s AND t.member_id = %(source)s RETURNING t.id
    """,
}
_PART = 500


def merge_move(pair: MergePair, limit: int) -> Moved | None:
    """One chunk of entries; with the first one go gifts, locks and the whole balance."""
    accounts_lock([pair.source_id, pair.target_id])
    rows = GrowthEntry.objects.filter(member_id=pair.source_id).order_by("id")
    ids = list(rows.values_list("pk", flat=True)[:limit])
    data: dict[str, Any] = {}
    for name, sql in _HELD.items():
        held = [row[0] for row in _run(sql, pair)]
        if held:
            data[name] = held
    if not ids and not data:
        return None
    if ids:
        lifetime = GrowthAccount.objects.get(member_id=pair.source_id).lifetime
        _carry(pair.source_id, pair.target_id, lifetime, f"merge/{pair.merge_id}/growth/{ids[0]}")
        _run(_TAKE, pair, ids=ids, answers=False)
    return Moved(ids=tuple(ids), data=data)


def merge_settle(pair: MergePair) -> None:
    """The one who stayed goes on; who went in has no standing of its own."""
    MemberTier.objects.filter(member_id=pair.source_id).delete()
    TierSpell.objects.filter(member_id=pair.source_id).delete()
    tiers_settle([pair.target_id])


def split_restore(pair: MergePair, parts: Sequence[Moved]) -> None:
    """Entries, gifts and locks go back to whom they came from."""
    accounts_lock([pair.source_id, pair.target_id])
    amount, first = 0, 0
    for part in parts:
        if part.ids:
            first = first or part.ids[0]
            amount += sum(row[0] for row in _run(_GIVE_BACK, pair, ids=list(part.ids)))
        for model, name in ((TierGiftGrant, "gifts"), (TierLock, "locks")):
            held = model.objects.filter(pk__in=part.data.get(name, ()), member_id=pair.target_id)
            for row in held:
                row.member_id = pair.source_id
                row.origin = None if row.origin == pair.source_id else row.origin
                row.save(update_fields=["member", "origin", "updated_at"])
    _carry(pair.target_id, pair.source_id, amount, f"split/{pair.merge_id}/growth/{first}")


def split_settle(pair: MergePair) -> None:
    """Orders that went back take their growth with them; both are replayed on their own facts."""
    rows = GrowthEntry.objects.filter(member_id=pair.target_id, order__member_id=pair.source_id)
    orders = list(rows.values_list("order_id", flat=True).distinct())
    for place in range(0, len(orders), _PART):
        growth_settle([key for key in orders[place : place + _PART] if key is not None])
    tiers_settle([pair.source_id, pair.target_id])


def merge_preview(source_id: int, target_id: int) -> list[Effect]:
    """Growth adds up; the higher tier goes on, or a higher one that both together reach."""
    sums = dict(
        GrowthAccount.objects.filter(member_id__in=(source_id, target_id)).values_list(
            "member_id", "lifetime"
        )
    )
    ours, theirs = sums.get(source_id, 0), sums.get(target_id, 0)
    lines = [
        Effect(label=_("成长值"), source=str(ours), target=str(theirs), after=str(ours + theirs))
    ]
    version, standing = version_now(), tier_of([source_id, target_id])
    if version is not None and standing:
        rungs = [version.rung(each.code) or version.rungs[0] for each in standing.values()]
        rungs.append(version.qualified(sum(each.metric for each in standing.values())))
        source, target = standing.get(source_id), standing.get(target_id)
        lines.append(
            Effect(
                label=_("等级"),
                source=source.name if source is not None else "—",
                target=target.name if target is not None else "—",
                after=max(rungs, key=lambda rung: rung.rank).name,
            )
        )
    return lines


def _carry(giver: int, taker: int, amount: int, reference: str) -> None:
    at = clock.now()
    pairs = ((taker, amount, "in"), (giver, -amount, "out")) if amount > 0 else ()
    changes_apply(
        [
            Change(
                member_id=key,
                amount=part,
                reason="growth.merge",
                reference=f"{reference}/{way}",
                at=at,
            )
            for key, part, way in pairs
        ]
    )


def _run(
    sql: str, pair: MergePair, *, answers: bool = True, **values: Any
) -> list[tuple[Any, ...]]:
    told = {
        "tenant": require_tenant_id(),
        "source": pair.source_id,
        "target": pair.target_id,
        **values,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return list(cursor.fetchall()) if answers else []
