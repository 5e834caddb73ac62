"""An erased member has no score any more; history counts them under their key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from analytics.rfm.models import RfmMove, RfmRun, RfmScore
from scrm.core.persons import Person, eraser_register, exporter_register, kept_register
from scrm.tenants.wording import label_of, members_rows_out


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    yield from RfmScore.objects.filter(member_id__in=person.member_ids).values("code", "segment")


eraser_register(
    "rfm",
    order=235,
    label=_("RFM 得分"),
    erase=members_rows_out(RfmScore),
    tables=[label_of(RfmScore)],
    count=lambda person: RfmScore.objects.filter(member_id__in=person.member_ids).count(),
)
exporter_register("rfm", order=235, label=_("RFM 得分"), export=_export)
kept_register(
    label_of(RfmMove), label_of(RfmRun), why="sums of a night; arrays hold keys of members"
)
