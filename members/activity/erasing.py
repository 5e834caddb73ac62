"""What a person did goes with the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from members.activity.models import Activity
from scrm.core.persons import Person, eraser_register, exporter_register


def _erase(person: Person, limit: int) -> int:
    rows = Activity.objects.filter(member_id__in=person.member_ids).order_by("pk")
    keys = list(rows.values_list("pk", flat=True)[:limit])
    gone: int = Activity.objects.filter(pk__in=keys).delete()[0]
    return gone


def _count(person: Person) -> int:
    return Activity.objects.filter(member_id__in=person.member_ids).count()


def _export(person: Person) -> Iterable[Mapping[str, object]]:
    rows = Activity.objects.filter(member_id__in=person.member_ids)
    for row in rows.order_by("occurred_at", "id").iterator(chunk_size=1_000):
        yield {
            "at": row.occurred_at.isoformat(),
            "what": row.name,
            "channel": row.channel,
            "seconds": row.seconds,
            "props": row.props,
        }


eraser_register(
    "activity",
    order=40,
    label=_("行为事件"),
    erase=_erase,
    count=_count,
    tables=("members.activity",),
)
exporter_register("activity", order=40, label=_("行为事件"), export=_export)
