"""Points of an erased person are forfeited; lots, spends and postings stay under the member's key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from points.lots.forfeiting import REASON, points_forfeit
from points.lots.models import Lot, PointsAccount, Spend
from scrm.core.persons import Person, eraser_register, exporter_register
from scrm.tenants.wording import label_of, one_after_another, texts_out


def _forfeit(person: Person, _limit: int) -> int:
    """Each account that still has something, in the order of their keys."""
    done = 0
    for account in _accounts(person):
        went = points_forfeit(
            member_id=account.member_id, reference=f"{person.at:%Y%m%d}-{account.member_id}"
        )
        done += 0 if went.is_nothing else 1
    return done


def _accounts(person: Person) -> QuerySet[PointsAccount]:
    rows = PointsAccount.objects.filter(member_id__in=person.member_ids)
    kept = rows.exclude(available=0, pending=0, held=0, debt=0)
    return kept.order_by("member_id")


def _reasons(person: Person, _limit: int) -> int:
    """Why points were used or corrected was typed by somebody: it may name anybody."""
    rows = Spend.objects.filter(member_id__in=person.member_ids)
    return rows.exclude(reason="").exclude(reason=REASON).update(reason="")


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    mine: dict[str, Any] = {"member_id__in": person.member_ids}
    lots = Lot.objects.filter(**mine).order_by("issued_at", "pk")
    yield from lots.values("source_type", "issued_at", "expires_at", "qty", "remaining", "state")
    spends = Spend.objects.filter(**mine).order_by("at", "pk")
    yield from spends.values("points", "at", "captured_at", "voided_at", "reason")


eraser_register(
    "points",
    order=200,
    label=_("积分（作废余额，保留流水）"),
    erase=one_after_another(
        _forfeit,
        _reasons,
        texts_out(Spend, "reference"),
        texts_out(Lot, "source_id"),
    ),
    tables=[label_of(model) for model in (PointsAccount, Lot, Spend)],
    count=lambda person: _accounts(person).count(),
)
exporter_register("points", order=200, label=_("积分"), export=_export)
