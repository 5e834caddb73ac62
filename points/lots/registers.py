"""What brands may hear of points outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.people.public_ids import member_public_ids
from scrm.events.bus import Event
from scrm.webhooks.types import (
    MOST_IDS,
    Data,
    id_schema,
    in_parts,
    object_schema,
    webhook_type_register,
)

_MEMBER = "mem"
_MOVES = object_schema(
    members={
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_IDS,
        "items": object_schema(
            id=id_schema(_MEMBER, "The member."),
            points={"type": "integer", "minimum": 1, "description": "How many points."},
        ),
    }
)
_EXAMPLE = {"members": [{"id": "mem_06f8z6xkq3vd2n0t5w9b7c1mhr", "points": 120}]}

# Public type: its words, what it means, and the flows of points/lots/flows.py it adds up.
_TYPES: tuple[tuple[str, Any, str, tuple[str, ...]], ...] = (
    ("points.pending", _("积分待生效"), "Points were earned and wait to count.", ("earn",)),
    (
        "points.available",
        _("积分到账"),
        "Points count from now on: earned ones whose waiting is over, grants and adjustments.",
        ("activate", "grant", "adjust"),
    ),
    ("points.spent", _("积分使用"), "Points were redeemed or deducted.", ("capture", "deduct")),
    ("points.expired", _("积分过期"), "Points lapsed.", ("expire",)),
    (
        "points.reversed",
        _("积分扣回"),
        "Points of an order that was refunded were taken back.",
        ("cut_pending", "cut", "debt", "offset"),
    ),
    ("points.debt_created", _("积分欠账"), "More had to be taken back than was left.", ("debt",)),
)


def _told(members: Iterable[tuple[int, int]]) -> list[Data]:
    totals: dict[int, int] = defaultdict(int)
    for member_id, points in members:
        totals[member_id] += points
    public = member_public_ids(totals)
    rows = [
        {"id": public[member_id], "points": points}
        for member_id, points in sorted(totals.items())
        if points > 0 and member_id in public
    ]
    return [{"members": part} for part in in_parts(rows)]


def _moved_by(flows: Sequence[str]) -> Callable[[Event], Sequence[Data]]:
    def data(event: Event) -> Sequence[Data]:
        moves = event.payload.get("moves", {})
        return _told((key, points) for flow in flows for key, points in moves.get(flow, ()))

    return data


for _name, _label, _doc, _flows in _TYPES:
    webhook_type_register(
        _name,
        source="points.changed",
        label=_label,
        doc=_doc,
        schema=_MOVES,
        example=_EXAMPLE,
        data=_moved_by(_flows),
    )
webhook_type_register(
    "points.expiring_soon",
    source="points.expiring_soon",
    label=_("积分即将过期"),
    doc="Points that lapse within thirty days became more; `points` is how many lapse in all.",
    schema=_MOVES,
    example=_EXAMPLE,
    data=lambda event: _told(tuple(pair) for pair in event.payload["members"]),
)
