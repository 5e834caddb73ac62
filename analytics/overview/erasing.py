"""Friends won and lost stay counted, under a name that leads to nobody."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from analytics.overview.models import DailyStats, DaySnapshot, DirtyDay, FriendMove, PointsMark
from scrm.core.persons import Person, eraser_register, kept_register
from scrm.tenants.wording import label_of


def _moves(person: Person, limit: int) -> int:
    externals = person.values_of("external_userid")
    rows = FriendMove.objects.filter(external_userid__in=externals).order_by("pk")
    found = list(rows.values_list("pk", "external_userid")[:limit])
    first: dict[str, int] = {}
    for key, external in found:
        first.setdefault(external, key)
    # One name for all moves of one contact of theirs: who came back is still one customer.
    for key, external in found:
        FriendMove.objects.filter(pk=key).update(external_userid=f"erased-{first[external]}")
    return len(found)


eraser_register(
    "friend_moves", order=230, label=_("好友变动统计"), erase=_moves, tables=[label_of(FriendMove)]
)
kept_register(
    *(label_of(model) for model in (DailyStats, DaySnapshot, DirtyDay, PointsMark)),
    why="sums by day; arrays hold keys of members",
)
