"""What tags hear: facts that computed tags are made of, and what WeCom says of its own tags."""

from __future__ import annotations

from members.tags.corp.inbound import contact_tags_take, corp_tags_take
from members.tags.engine import rules_over_tags, tag_evaluate, tags_touch
from members.tags.rules import CHANGED_BY, COMPUTED
from scrm.events.bus import Event, subscriber


@subscriber("order.changed", name="members.tags_by_orders")
def orders_changed(event: Event) -> None:
    """Orders came or changed: tags that read orders follow."""
    tags_touch(event.payload["member_ids"], CHANGED_BY[event.type])


@subscriber("member.tagged", name="members.tags_by_tags")
def member_tagged(event: Event) -> None:
    """Tags went on: rules over tags follow, but not rules over rules before the night."""
    if event.payload["source"] not in COMPUTED:
        tags_touch(event.payload["member_ids"], CHANGED_BY[event.type])


@subscriber("member.untagged", name="members.tags_by_tags_gone")
def member_untagged(event: Event) -> None:
    """Tags came off: rules over tags follow."""
    if event.payload["source"] not in COMPUTED:
        tags_touch(event.payload["member_ids"], CHANGED_BY[event.type])


@subscriber("tag.changed", name="members.tag_evaluate")
def tag_changed(event: Event) -> None:
    """A definition holds from now on, or rules mean another tag: settle them for everybody."""
    if event.payload["change"] in {"activated", "resumed"}:
        tag_evaluate(event.payload["tag_id"])
    if event.payload["change"] in {"merged", "unmerged"}:
        rules_over_tags()


@subscriber("wecom.tag_changed", name="members.corp_tags_take")
def corp_tags_changed(event: Event) -> None:
    """Tags were made, renamed or deleted in WeCom."""
    told = event.payload
    corp_tags_take(
        corp_id=told["corp_id"], corp_tag_ids=told["tag_ids"], group_ids=told["group_ids"]
    )


@subscriber("wecom.contact_changed", name="members.contact_tags_take")
def contact_changed(event: Event) -> None:
    """A customer's tags may have changed in WeCom; their member's rules may read the card."""
    member_id = contact_tags_take(
        corp_id=event.payload["corp_id"], external_userid=event.payload["external_userid"]
    )
    tags_touch([member_id], CHANGED_BY[event.type])
