"""Points cannot be joined yet: a member who has or had any is not merged into another."""

from __future__ import annotations

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.identity.participants import MergeParticipant, merge_participant_register
from points.lots.models import Lot, PointsAccount, Spend


def _blockers(source_id: int, _target_id: int) -> list[str | Promise]:
    balance = Q(available__gt=0) | Q(pending__gt=0) | Q(held__gt=0) | Q(debt__gt=0)
    found = (
        Lot.objects.filter(member_id=source_id).values("pk").order_by(),
        Spend.objects.filter(member_id=source_id).values("pk").order_by(),
        PointsAccount.objects.filter(balance, member_id=source_id).values("pk").order_by(),
    )
    if found[0].union(*found[1:]).exists():
        return [_("被合并方有积分或积分记录，暂不能合并")]
    return []


merge_participant_register(
    MergeParticipant(
        key="points",
        order=70,
        label=_("积分"),
        tables=("points.pointsaccount", "points.lot", "points.spend"),
        blockers=_blockers,
    )
)
