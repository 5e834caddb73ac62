"""Entry gifts as rows: granted once, taken back with the tier unless they were used (N-15, N-17).

What a gift is belongs to other rooms: they register how to hand it out and how to take it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


# grant: answers with the key of what was granted, or None; take_back: that key.
_givers: list[tuple[Callable[[GiftDue], int | None], Callable[[int], None]]] = []


def tier_gift_register(
    grant: Callable[[GiftDue], int | None], take_back: Callable[[int], None]
) -> None:
    """Hand out entry gifts; runs in the transaction of the upgrade."""
    _givers.append((grant, take_back))


def gifts_write(results: Sequence[Result], tiers: Mapping[str, int]) -> None:
    """Gift grants as the outcomes have them."""
    codes = {key: code for code, key in tiers.items()}
    new: list[TierGiftGrant] = []
    for result in results:
        known = {(codes[row.tier_id], row.at): row for row in result.stored.gifts}
        for gift in result.outcome.gifts:
            row = known.pop((gift.code, gift.at), None)
            if row is None:
                new.append(
                    TierGiftGrant(
                        member_id=result.member_id, tier_id=tiers[gift.code], at=gift.at,
                        state=GiftState.GRANTED if gift.voided_at is None else GiftState.VOIDED,
                    )
                )  # fmt: skip
            else:
                _follow(row, gift)
        for row in known.values():
            _lost(row)
    TierGiftGrant.objects.bulk_create(new)
    for row in new:
        if row.state == GiftState.GRANTED:
            _hand_out(row, codes[row.tier_id])


def _follow(row: TierGiftGrant, gift: Gift) -> None:
    if row.used_at is not None:
        if gift.lost_used_at is not None:
            _note(row)
        return
    state = GiftState.GRANTED if gift.voided_at is None else GiftState.VOIDED
    if state == row.state:
        return
    if state == GiftState.VOIDED:
        _void(row)
        return
    row.state = state
    row.save(update_fields=["state", "updated_at"])
    _hand_out(row, gift.code)


def _lost(row: TierGiftGrant) -> None:
    """By what is known now, the tier was not reached then."""
    if row.used_at is not None:
        _note(row)
    elif row.state == GiftState.GRANTED:
        _void(row)


def _note(row: TierGiftGrant) -> None:
    if not row.review_note:
        row.review_note = _("退款后等级已收回，礼遇已被使用")
        row.save(update_fields=["review_note", "updated_at"])


def _void(row: TierGiftGrant) -> None:
    if row.benefit_grant is not None:
        for _grant, take_back in _givers:
            take_back(row.benefit_grant)
    row.state = GiftState.VOIDED
    row.save(update_fields=["state", "updated_at"])


def _hand_out(row: TierGiftGrant, code: str) -> None:
    due = GiftDue(member_id=row.member_id, code=code, grant_id=row.pk, at=row.at)
    for grant, _take_back in _givers:
        granted = grant(due)
        if granted is not None:
            row.benefit_grant = granted
            row.save(update_fields=["benefit_grant", "updated_at"])
