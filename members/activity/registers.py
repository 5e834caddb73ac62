"""Activity in merges, and the measures of N-25 for tags."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.activity.models import Activity
from members.activity.sources import days_sql
from members.identity.participants import merge_participant_register
from members.identity.rowmoves import rows_participant
from members.tags.measures import TagMeasure, tag_measure_register

_WEEK = "a.local_date > %(day)s::date - 7 AND a.local_date <= %(day)s::date"
_FIELDS = frozenset({"activity", "orders"})

merge_participant_register(
    rows_participant("activity", Activity, order=40, label=_("行为事件"), via="via_identity_id")
)
tag_measure_register(
    TagMeasure(
        key="active_days_7",
        label=_("近 7 天活跃天数"),
        kind="number",
        unit=_("天"),
        fields=_FIELDS,
        order=26,
        sql=f"""
            SELECT d.member_id, count(DISTINCT d.day)::bigint AS value
            FROM ({days_sql(is_narrowed=False)}) d
            WHERE d.day > %(day)s::date - 7 GROUP BY d.member_id
        """,  # noqa: S608 - our own statements
    )
)
tag_measure_register(
    TagMeasure(
        key="visit_seconds_7",
        label=_("近 7 天累计访问时间"),
        kind="number",
        unit=_("秒"),
        fields=frozenset({"activity"}),
        order=27,
        sql=f"""
            SELECT a.member_id, sum(a.seconds)::bigint AS value FROM members_activity a
            WHERE a.tenant_id = %(tenant)s AND {_WEEK} AND a.seconds > 0 GROUP BY a.member_id
        """,  # noqa: S608
    )
)
tag_measure_register(
    TagMeasure(
        key="light",
        label=_("近 7 天使用不超过 3 次（轻度）"),
        kind="flag",
        fields=frozenset({"activity"}),
        order=28,
        # Who never used anything is light too: the few who are not stand apart.
        sql=f"""
            SELECT m.id AS member_id, NULL::bigint AS value FROM members_member m
            WHERE m.tenant_id = %(tenant)s AND NOT EXISTS (
                SELECT 1 FROM (
                    SELECT a.member_id FROM members_activity a
                    WHERE a.tenant_id = %(tenant)s AND {_WEEK} AND a.name = 'app_use'
                    GROUP BY a.member_id HAVING count(*) > 3
                ) heavy WHERE heavy.member_id = m.id)
        """,  # noqa: S608
    )
)
tag_measure_register(
    TagMeasure(
        key="churned",
        label=_("近 30 天不活跃（流失）"),
        kind="flag",
        fields=_FIELDS,
        order=30,
        # Who was never active must have come before the window; see also `members.lifecycle`.
        sql=f"""
            SELECT m.id AS member_id, NULL::bigint AS value
            FROM members_member m
            LEFT JOIN members_memberpulse p ON p.tenant_id = %(tenant)s AND p.member_id = m.id
            WHERE m.tenant_id = %(tenant)s
              AND NOT EXISTS (
                SELECT 1 FROM ({days_sql(is_narrowed=False)}) d WHERE d.member_id = m.id)
              AND (m.registered_at < %(start)s OR p.first_active_date <= %(after)s::date OR EXISTS (
                SELECT 1 FROM members_order o WHERE o.tenant_id = %(tenant)s AND o.member_id = m.id
                AND o.occurred_at < %(start)s))
        """,  # noqa: S608
    )
)
