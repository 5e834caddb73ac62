"""Add the ledger's new transfers of points to their days, each once."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from analytics.overview.models import PointsMark
from scrm.core import clock
from scrm.tenants.context import current_tenant, require_tenant_id

# A transfer's key is made a moment before its transaction ends: those of the last minute wait for the
# next round, so that none can appear behind the mark.
_LAG_SECONDS = 60
_UNTIL = """
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp() - make_interval(secs => %s)) * 1000)::bigint), 12, '0')
            || repeat('0', 20))::uuid
"""
_ADD = """
    INSERT INTO analytics_dailystats AS s (tenant_id, created_at, updated_at, computed_at, local_date, channel,
           gmv_fen, refunded_fen, orders, buyers, first_buyers, returned, new_members, new_friends, lost_friends,
           points_issued, points_spent, points_expired)
    SELECT %(tenant)s, %(now)s, %(now)s, %(now)s, t.day, '', 0, 0, 0, 0, 0, '{}', 0, 0, 0,
           coalesce(sum(t.points) FILTER (WHERE t.flow IN ('points.earn', 'points.grant')), 0),
           coalesce(sum(t.points) FILTER (WHERE t.flow = 'points.capture'), 0),
           coalesce(sum(t.points) FILTER (WHERE t.flow = 'points.expire'), 0)
      FROM (SELECT (occurred_at AT TIME ZONE %(zone)s)::date AS day, regexp_replace(reason, '\\.undo$', '') AS flow,
                   CASE WHEN reason LIKE '%%.undo' THEN -amount ELSE amount END AS points
              FROM ledger_transfer
             WHERE tenant_id = %(tenant)s AND id > %(after)s AND id <= %(until)s AND reason LIKE 'points.%%') t
     WHERE t.flow IN ('points.earn', 'points.grant', 'points.capture', 'points.expire')
     GROUP BY t.day
    ON CONFLICT (tenant_id, local_date, channel) DO UPDATE SET
           points_issued = s.points_issued + excluded.points_issued,
           points_spent = s.points_spent + excluded.points_spent,
           points_expired = s.points_expired + excluded.points_expired, updated_at = excluded.updated_at
"""


def points_add(*, lag_seconds: int = _LAG_SECONDS) -> int:
    """Take in what was posted since the last time, in the caller's transaction; days touched."""
    mark, _is_new = PointsMark.objects.select_for_update(of=("self",)).get_or_create(
        defaults={"transfer_id": UUID(int=0)}
    )
    with connection.cursor() as cursor:
        cursor.execute(_UNTIL, [lag_seconds])
        until: UUID = cursor.fetchone()[0]
        if until <= mark.transfer_id:
            return 0
        cursor.execute(
            _ADD,
            {
                "tenant": require_tenant_id(),
                "zone": current_tenant().timezone,
                "now": clock.now(),
                "after": mark.transfer_id,
                "until": until,
            },
        )
        touched: int = cursor.rowcount
    mark.transfer_id = until
    mark.save(update_fields=["transfer_id", "updated_at"])
    return touched
