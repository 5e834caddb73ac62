"""What was paid stays under the member's key; why it was refunded goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from members.plans.models import PaidMembership, PaidPlan
from scrm.core.persons import Person, eraser_register, exporter_register, kept_register
from scrm.tenants.wording import label_of, one_after_another, texts_out


def _reasons(person: Person, _limit: int) -> int:
    rows = PaidMembership.objects.filter(member_id__in=person.member_ids)
    return rows.exclude(refund_reason="").update(refund_reason="")


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    rows = PaidMembership.objects.filter(member_id__in=person.member_ids).order_by("bought_at")
    yield from rows.values(
        "bought_at", "from_at", "until", "state", "price_fen", "refunded_fen", name=F("plan__name")
    )


eraser_register(
    "plans",
    order=81,
    label=_("付费会员的退款原因"),
    erase=one_after_another(_reasons, texts_out(PaidMembership, "reference")),
    tables=[label_of(PaidMembership)],
)
exporter_register("plans", order=81, label=_("付费会员"), export=_export)
kept_register(label_of(PaidPlan), why="what the brand sells")
