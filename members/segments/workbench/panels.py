"""The segments worked on last."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from members.segments.selectors import segments_latest
from scrm.console.workbench import Recent, RecentSource, recent_register


def _recent(limit: int) -> Sequence[Recent]:
    return [
        Recent(
            title=row.name,
            kind=_("人群"),
            at=row.updated_at,
            page="segments-edit",
            arguments=(("segment_id", row.public_id),),
        )
        for row in segments_latest(limit)
    ]


recent_register(RecentSource(key="segments", permission="segments.view", load=_recent, order=20))
