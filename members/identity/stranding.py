"""Rows a merge would leave behind: tables that point to members and that no room answers for."""

from __future__ import annotations

from django.apps import apps
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from members.identity.participants import participants
from members.people.models import Member, MemberStatus
from scrm.tenants.context import require_tenant_id
from scrm.tenants.fields import is_tenant_model

# The merge itself, and the chain it makes.
_OWN = frozenset({"members.membermerge", "members.member"})


def undeclared() -> list[tuple[str, str, str]]:
    """(label, table, column) of each key to a member that no participant answers for."""
    answered = _OWN.union(*(each.tables for each in participants()))
    return sorted(
        (model._meta.label_lower, model._meta.db_table, str(field.column))  # noqa: SLF001
        for model in apps.get_models()
        if is_tenant_model(model) and model._meta.label_lower not in answered  # noqa: SLF001
        for field in model._meta.local_fields  # noqa: SLF001
        if field.is_relation and field.related_model is Member
    )


def stranding(source: Member, target: Member) -> list[str | Promise]:
    """Why these two cannot be joined whatever the rooms say."""
    reasons: list[str | Promise] = []
    if target.status == MemberStatus.ANONYMOUS and source.status != MemberStatus.ANONYMOUS:
        reasons.append(_("保留方还是匿名会员，请对调两个会员"))
    if source.status == MemberStatus.FROZEN and target.status != MemberStatus.FROZEN:
        reasons.append(_("被合并方已冻结，请先解冻"))
    tables = undeclared()
    if not tables:
        return reasons
    sql = " UNION ALL ".join(
        f"SELECT '{label}' WHERE EXISTS (SELECT 1 FROM \"{table}\""  # noqa: S608 - our names
        f' WHERE tenant_id = %(tenant)s AND "{column}" = %(source)s)'
        for label, table, column in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": require_tenant_id(), "source": source.pk})
        left = sorted({row[0] for row in cursor.fetchall()})
    return [
        *reasons,
        *(_("数据表 %(label)s 还不能随合并转移") % {"label": label} for label in left),
    ]
