"""What pools keep of a person goes with the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from members.pools.models import PoolMove, Screening
from scrm.core.persons import Person, eraser_register, exporter_register


def _erase(person: Person, limit: int) -> int:
    gone = 0
    for model in (PoolMove, Screening):
        rows = model.objects.filter(member_id__in=person.member_ids).order_by("pk")
        keys = list(rows.values_list("pk", flat=True)[:limit])
        gone += model.objects.filter(pk__in=keys).delete()[0]
    return gone


def _count(person: Person) -> int:
    moves = PoolMove.objects.filter(member_id__in=person.member_ids).count()
    return moves + Screening.objects.filter(member_id__in=person.member_ids).count()


def _export(person: Person) -> Iterable[Mapping[str, object]]:
    for move in PoolMove.objects.filter(member_id__in=person.member_ids).order_by("at", "id"):
        yield {
            "at": move.at.isoformat(),
            "from": move.before,
            "to": move.after,
            "cause": move.cause,
            "reason": move.reason,
        }
    for row in Screening.objects.filter(member_id__in=person.member_ids).order_by("pk"):
        yield {
            "screening": row.verdict,
            "opened_at": row.opened_at.isoformat(),
            "decided_at": row.decided_at.isoformat() if row.decided_at else None,
            "note": row.note,
        }


eraser_register(
    "pools",
    order=86,
    label=_("粉丝池与初筛"),
    erase=_erase,
    count=_count,
    tables=("members.poolmove", "members.screening"),
)
exporter_register("pools", order=86, label=_("粉丝池与初筛"), export=_export)
