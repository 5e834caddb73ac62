"""Freeze what only a look at every member can tell: standing, repeat buyers, shares of N-29."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.db.models import Count, Q, Sum

from analytics.overview.models import DaySnapshot
from analytics.overview.rules import PARETO_CURVE, top_count
from members.orders.models import MemberRollup
from members.people.selectors import members_listed
from points.lots.models import PointsAccount
from scrm.core import clock
from scrm.tenants.context import require_tenant_id

# Equal sums have equal places, so members of the same net need no order for the total; the key of
# N-29 (ascending) decides which of them is the k-th.
_CURVE = """
    SELECT place, net, total FROM (
        SELECT net_fen AS net, row_number() OVER w AS place,
               sum(net_fen) OVER (w ROWS UNBOUNDED PRECEDING)::bigint AS total
          FROM members_memberrollup WHERE tenant_id = %s AND net_fen > 0
        WINDOW w AS (ORDER BY net_fen DESC, member_id)
    ) ranked WHERE place = ANY(%s)
"""


def snapshot_write(as_of: date) -> DaySnapshot:
    """Write the standing of a local day over whatever an earlier run of its night wrote."""
    people = members_listed().aggregate(
        members=Count("pk"),
        friends=Count("pk", filter=Q(is_wecom_friend=True)),
        reachable=Count("pk", filter=Q(is_wecom_friend=True, is_opted_out=False)),
    )
    bought = MemberRollup.objects.aggregate(
        payers=Count("pk", filter=Q(net_fen__gt=0)),
        net_fen=Sum("net_fen", filter=Q(net_fen__gt=0), default=0),
        buyers=Count("pk", filter=Q(orders_count__gte=1)),
        repeat_buyers=Count("pk", filter=Q(orders_count__gte=2)),
        orders=Sum("orders_count", default=0),
    )
    points = PointsAccount.objects.aggregate(total=Sum("available", default=0))["total"]
    row, _is_new = DaySnapshot.objects.update_or_create(
        as_of=as_of,
        defaults={
            **people,
            **bought,
            "points_outstanding": points,
            "pareto": _pareto(bought["payers"]),
            "computed_at": clock.now(),
        },
    )
    return row


def _pareto(payers: int) -> dict[str, dict[str, int]]:
    places = {share: top_count(payers, share) for share in PARETO_CURVE}
    with connection.cursor() as cursor:
        cursor.execute(_CURVE, [require_tenant_id(), sorted(set(places.values()))])
        found = {place: (net, total) for place, net, total in cursor.fetchall()}
    return {
        str(share): {"members": k, "net_fen": found[k][1], "floor_fen": found[k][0]}
        for share, k in places.items()
        if k in found
    }
