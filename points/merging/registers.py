"""Points take part in merges: the accounts become one in the moment the members do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.identity.participants import MergeParticipant, merge_participant_register
from points.merging.selectors import debt_left, join_effects, lots_going, open_holds
from points.merging.services import points_join, points_part

merge_participant_register(
    MergeParticipant(
        key="points",
        order=70,
        label=_("积分批次"),
        is_instant=True,
        tables=("points.pointsaccount", "points.lot", "points.spend"),
        blockers=open_holds,
        preview=join_effects,
        going=lots_going,
        parting=debt_left,
        move=points_join,
        restore=points_part,
    )
)
