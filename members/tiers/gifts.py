"""Entry gifts as rows: granted once, taken back with the tier unless they were used (N-15, N-17).

What a gift is belongs to other rooms: they register how to hand it out and how to take it back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from members.tiers.models import GiftState, TierGiftGrant
from members.tiers.outcome import Gift
from members.tiers.store import Result


@dataclass(frozen=True, kw_only=True)
class GiftDue:
    """A member reached a tier; the gift of that tier is due."""

    member_id: int
    code: str
    grant_id: int
    at: datetime


HandOut = Callable[[Sequence[GiftDue]], Mapping[int, int]]
TakeBack = Callable[[Collection[int]], None]
_givers: list[tuple[HandOut, TakeBack]] = []


def tier_gift_register(hand_out: HandOut, take_back: TakeBack) -> None:
    """Hand out entry gifts, and take them back; both run in the transaction of the change.

    ``hand_out`` answers with the key of what was granted per gift, if anything; a gift that had been taken
    back may come again. ``take_back`` gets gifts and leaves alone what was used of them.
    """
    _givers.append((hand_out, take_back))


def gifts_write(results: Sequence[Result], tiers: Mapping[str, int]) -> None:
    """Gift grants as the outcomes have them."""
    codes = {key: code for code, key in tiers.items()}
    new: list[TierGiftGrant] = []
    again: list[TierGiftGrant] = []
    gone: list[TierGiftGrant] = []
    for result in results:
        known = {(codes[row.tier_id], row.at): row for row in result.stored.gifts}
        for gift in _one_each(result.outcome.gifts):
            row = known.pop((gift.code, gift.at), None)
            if row is None:
                new.append(
                    TierGiftGrant(
                        member_id=result.member_id, tier_id=tiers[gift.code], at=gift.at,
                        state=GiftState.GRANTED if gift.voided_at is None else GiftState.VOIDED,
                    )
                )  # fmt: skip
            elif _is_lost(row, gift):
                gone.append(row)
            elif row.state == GiftState.VOIDED and gift.voided_at is None:
                again.append(row)
        # By what is known now, these tiers were not reached then.
        gone += [row for row in known.values() if _may_be_lost(row)]
    TierGiftGrant.objects.bulk_create(new)
    for row in again:
        row.state = GiftState.GRANTED
        row.save(update_fields=["state", "updated_at"])
    _take_back(gone)
    _hand_out([row for row in (*new, *again) if row.state == GiftState.GRANTED], codes)


def _one_each(gifts: Sequence[Gift]) -> list[Gift]:
    """Two who are one now may have reached a tier at one instant: it gives once, if it gives at all (N-40)."""
    found: dict[tuple[str, datetime], Gift] = {}
    for gift in gifts:
        known = found.get((gift.code, gift.at))
        if known is None or known.voided_at is not None:
            found[gift.code, gift.at] = gift
    return list(found.values())


def _is_lost(row: TierGiftGrant, gift: Gift) -> bool:
    lost_at = gift.voided_at if row.used_at is None else gift.lost_used_at
    return lost_at is not None and _may_be_lost(row)


def _may_be_lost(row: TierGiftGrant) -> bool:
    return row.state != GiftState.VOIDED and not row.review_note


def _take_back(rows: Sequence[TierGiftGrant]) -> None:
    """Void what is unused; what was used stays used and gets a note for somebody to look at (N-17)."""
    for row in rows:
        if row.used_at is None:
            row.state = GiftState.VOIDED
        elif not row.review_note:
            row.review_note = _("退款后等级已收回，礼遇已被使用")
        row.save(update_fields=["state", "review_note", "updated_at"])
    if rows:
        for _given, take_back in _givers:
            take_back([row.pk for row in rows])


def _hand_out(rows: Sequence[TierGiftGrant], codes: Mapping[int, str]) -> None:
    if not rows:
        return
    dues = [
        GiftDue(member_id=row.member_id, code=codes[row.tier_id], grant_id=row.pk, at=row.at)
        for row in rows
    ]
    for hand_out, _taken in _givers:
        granted = hand_out(dues)
        for row in rows:
            if row.pk in granted:
                row.benefit_grant = granted[row.pk]
                row.save(update_fields=["benefit_grant", "updated_at"])
