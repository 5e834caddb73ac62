"""What was granted stays under the member's key; what somebody wrote about it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from members.benefits.models import Benefit, BenefitGrant, BenefitOffer
from scrm.core.persons import Person, eraser_register, exporter_register, kept_register
from scrm.tenants.wording import label_of, one_after_another, texts_out


def _notes(person: Person, _limit: int) -> int:
    rows = BenefitGrant.objects.filter(member_id__in=person.member_ids).exclude(note="")
    return rows.update(note="")


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    rows = BenefitGrant.objects.filter(member_id__in=person.member_ids).order_by("pk")
    yield from rows.values(
        "from_at", "until", "used_at", "voided_at", "note", name=F("benefit__name")
    )


eraser_register(
    "benefits",
    order=80,
    label=_("权益备注"),
    erase=one_after_another(_notes, texts_out(BenefitGrant, "source_id")),
    tables=[label_of(BenefitGrant)],
)
exporter_register("benefits", order=80, label=_("单独发放的权益"), export=_export)
kept_register(label_of(Benefit), label_of(BenefitOffer), why="the brand's catalogue")
