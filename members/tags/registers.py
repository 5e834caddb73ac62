"""The measures of A-06 and N-25 whose facts this room can read, and who agrees to rules (A-07)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from members.identity.participants import merge_participant_register
from members.identity.rowmoves import rows_participant
from members.tags.keeping import APPROVAL, rule_approved, version_change
from members.tags.measures import TagMeasure, tag_measure_register
from members.tags.models import TagGone
from scrm.approvals.kinds import Change, approval_kind_register


def _describe(params: dict[str, Any]) -> list[Change]:
    name, now, asked = version_change(params)
    return [
        Change(label=_("标签"), before=name, after=name),
        Change(label=_("规则"), before=now, after=asked),
    ]


approval_kind_register(
    APPROVAL,
    label=_("规则标签"),
    permission="tags.approve",
    apply=rule_approved,
    describe=_describe,
    page="tags-detail",
    argument="tag_id",
)


tag_measure_register(
    TagMeasure(
        key="spend_30",
        label=_("近 30 天累计消费"),
        kind="yuan",
        fields=frozenset({"orders"}),
        order=10,
        sql="""
            SELECT o.member_id, sum(o.paid_fen - o.refunded_fen)::bigint AS value
            FROM members_order o
            WHERE o.tenant_id = %(tenant)s AND o.paid_date > %(day)s::date - 30
              AND o.paid_date <= %(day)s::date AND o.cancelled_at IS NULL AND o.paid_fen > 0
            GROUP BY o.member_id
        """,
    )
)
tag_measure_register(
    TagMeasure(
        key="orders",
        label=_("累计订单"),
        kind="number",
        unit=_("单"),
        fields=frozenset({"orders"}),
        order=20,
        sql="""
            SELECT r.member_id, r.orders_count::bigint AS value
            FROM members_memberrollup r
            WHERE r.tenant_id = %(tenant)s AND r.orders_count > 0
        """,
    )
)
tag_measure_register(
    TagMeasure(
        key="gender",
        label=_("性别"),
        kind="choice",
        choices=(("female", _("女")), ("male", _("男"))),
        fields=frozenset({"member"}),
        order=40,
        sql="""
            SELECT m.id AS member_id, m.gender AS value
            FROM members_member m WHERE m.tenant_id = %(tenant)s AND m.gender <> ''
        """,
    )
)
tag_measure_register(
    TagMeasure(
        key="age",
        label=_("年龄"),
        kind="number",
        unit=_("岁"),
        fields=frozenset({"member"}),
        order=50,
        sql="""
            SELECT m.id AS member_id, extract(year FROM age(%(day)s::date, m.birthday))::bigint AS value
            FROM members_member m WHERE m.tenant_id = %(tenant)s AND m.birthday <= %(day)s::date
        """,
    )
)
merge_participant_register(rows_participant("tags_gone", TagGone, order=51, label=_("标签历史")))
