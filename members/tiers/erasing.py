"""Tiers and growth stay under the member's key; what somebody wrote about the person goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from members.growth.models import GrowthAccount, GrowthEntry
from members.tiers.models import (
    LadderVersion,
    MemberTier,
    Tier,
    TierGiftGrant,
    TierLock,
    TierSpell,
)
from scrm.core.persons import Person, eraser_register, exporter_register, kept_register
from scrm.tenants.wording import Erase, label_of, one_after_another, texts_out


def _emptied(model: type[TierLock | TierGiftGrant], column: str) -> Erase:
    def erase(person: Person, _limit: int) -> int:
        rows = model.objects.filter(member_id__in=person.member_ids).exclude(**{column: ""})
        return rows.update(**{column: ""})

    return erase


def _clock_stopped(person: Person, _limit: int) -> int:
    """Nobody rises or falls any more: no night looks at them, no receiver hears of them."""
    rows = MemberTier.objects.filter(member_id__in=person.member_ids)
    return rows.exclude(next_due_at=None).update(next_due_at=None)


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    rows = TierSpell.objects.filter(member_id__in=person.member_ids).order_by("started_at", "pk")
    yield from rows.values("started_at", "valid_until", "ended_at", "state", name=F("tier__name"))


def _export_growth(person: Person) -> Iterator[Mapping[str, object]]:
    rows = GrowthEntry.objects.filter(member_id__in=person.member_ids)
    yield from rows.order_by("occurred_at", "pk").values(
        "amount", "source_type", "cause", "occurred_at"
    )


eraser_register(
    "tiers",
    order=60,
    label=_("等级备注"),
    erase=one_after_another(
        _clock_stopped,
        _emptied(TierLock, "reason"),
        _emptied(TierGiftGrant, "review_note"),
        texts_out(GrowthEntry, "source_id", "cause"),
    ),
    tables=[label_of(each) for each in (MemberTier, TierLock, TierGiftGrant, GrowthEntry)],
)
exporter_register("tiers", order=60, label=_("等级"), export=_export)
exporter_register("growth", order=61, label=_("成长值"), export=_export_growth)
kept_register(
    *(label_of(each) for each in (GrowthAccount, TierSpell)),
    why="figures and dates under the member's key",
)
kept_register(label_of(LadderVersion), label_of(Tier), why="the brand's programme")
