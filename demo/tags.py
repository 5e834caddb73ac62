"""Tags as a brand has them after some weeks: groups, figures, and a rule that two people agreed on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection

from demo.brands import BRANDS
from members.tags.definitions import wanted_of
from members.tags.keeping import tag_create, tag_group_create
from members.tags.models import Tag, TagDay, TagGroup, TagKind
from scrm.access.models import Operator
from scrm.approvals.models import Approval
from scrm.approvals.services import approval_decide
from scrm.events.actor import acting_as
from scrm.tenants.context import current_tenant

_DAYS = 14
_SPENDING, _LIFE = "消费能力", "活跃情况"
_FIGURES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (_SPENDING, "近30天有消费", "近 30 天实付减退款大于零", {"measure": "spend_30", "from": 1}),
    (_SPENDING, "买过五单以上", "", {"measure": "orders", "from": 5}),
    (_LIFE, "流失用户", "近 30 天没有订单", {"measure": "churned"}),
)
_RULE = {"rule": {"all": [{"field": "orders.net", "op": "gte", "value": 50_000}]}}


def tags_make() -> None:
    """Make what is missing by name; running it again adds nothing."""
    brand = next(each for each in BRANDS if each.slug == current_tenant().slug)
    owner = Operator.objects.get(email=brand.logins[0].email)
    author = Operator.objects.get(email=brand.logins[1].email)
    groups = {group.name: group for group in TagGroup.objects.all()}
    known = set(Tag.objects.filter(archived_at=None).values_list("name", flat=True))
    with acting_as("operator", id=str(author.pk), label=author.name):
        for name in (_SPENDING, _LIFE):
            if name not in groups:
                groups[name] = tag_group_create(name=name)
        for group, name, description, definition in _FIGURES:
            if name not in known:
                tag_create(
                    name=name,
                    kind=TagKind.STATISTICAL,
                    group=groups[group].public_id,
                    description=description,
                    definition=definition,
                )
        rule = None
        if "高客单" not in known:
            rule = tag_create(
                name="高客单",
                kind=TagKind.RULE,
                group=groups[_SPENDING].public_id,
                definition=_RULE,
                reason="门槛由会员运营与私域负责人商定",
            )
    if rule is not None:
        waiting = Approval.objects.get(kind="tags.rule", subject=rule.public_id)
        with acting_as("operator", id=str(owner.pk), label=owner.name):
            approval_decide(waiting.public_id, approve=True)


def tag_days_make(today: date) -> None:
    """The two weeks before, as the figures of those days were."""
    for tag in Tag.objects.filter(kind=TagKind.STATISTICAL, archived_at=None):
        days = [today - timedelta(days=back) for back in range(1, _DAYS)]
        TagDay.objects.bulk_create(
            [TagDay(tag=tag, as_of=day, count=_count(tag, day)) for day in days],
            ignore_conflicts=True,
        )


def _count(tag: Tag, day: date) -> int:
    wanted = wanted_of(tag.kind, tag.definition, day=day)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({wanted.sql}) AS w", wanted.values)  # noqa: S608
        return int(cursor.fetchone()[0])
