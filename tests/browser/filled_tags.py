"""Tags of a filled brand: every kind, versions, weeks of coverage, and what WeCom refused."""

from __future__ import annotations

from datetime import timedelta

from members.tags.keeping import rule_approved, tag_create, tag_define, tag_group_create
from members.tags.models import PushState, TagDay, TagGroup, TagLink, TagPush
from scrm.core import clock
from scrm.events.actor import acting_as
from scrm.wecom.models import WeComCorp

_RULE = {"field": "orders.net", "op": "gte", "value": 50_000}


def tags_fill(size: int) -> dict[str, str]:
    """`size` groups, figures and rules; the first rule has versions, days and a refused push."""
    groups = [tag_group_create(name=f"标签组{n}") for n in range(size)]
    for n in range(size):
        definition = {"measure": "spend_30", "from": 100 * (n + 1)}
        tag_create(
            name=f"近30天消费{n}",
            kind="statistical",
            group=groups[n].public_id,
            definition=definition,
        )
    with acting_as("operator", id="0", label="陈会员"):
        rule = tag_create(
            name="高客单",
            kind="rule",
            group=groups[0].public_id,
            description="累计消费达到门槛",
            definition={"rule": {"all": [_RULE]}},
        )
        first = rule.versions.get()
        rule_approved({"tag": rule.public_id, "version": 1, "definition": first.definition})
        figures = tag_create(name="流失用户", kind="statistical", definition={"measure": "churned"})
        for n in range(min(size, 20)):
            tag_define(public_id=figures.public_id, definition={"measure": "orders", "from": n + 1})
    today = clock.now().date()
    TagDay.objects.bulk_create(
        TagDay(tag=rule, as_of=today - timedelta(days=n + 2), count=100 + n) for n in range(60)
    )
    corp = WeComCorp.objects.order_by("pk")[0]
    TagLink.objects.create(tag=rule, corp=corp, corp_tag_id="et1")
    TagPush.objects.bulk_create(
        TagPush(
            corp=corp,
            tag=rule,
            kind="mark",
            userid="staff0",
            external_userid=f"wm{n}",
            state=PushState.FAILED,
            error="mark_tag 40068 标签不存在",
        )
        for n in range(size)
    )
    return {
        "tag_id": rule.public_id,
        "figures_tag": figures.public_id,
        "manual_tag": tag_create(name="回购达人").public_id,
        "group_id": TagGroup.objects.get(name="标签组0").public_id,
    }
