from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register("member.created", "New members, set-wise: {member_ids: [key]}.")
event_register("member.merged", "One member went into another: {source_id, target_id, merge_id}.")
event_register(
    "member.unmerged", "A merge was taken back: {source_id, target_id, merge_id}; rows follow."
)
event_register(
    "member.settled",
    "All rows of a merge or a split are where they belong: {member_ids: [source, target], merge_id}.",
)

audit_register("members.member_created", _("新建会员"))
audit_register("members.batch_taken", _("批量写入会员"))
audit_register("members.member_edited", _("修改会员资料"))
audit_register("members.phone_shown", _("查看完整手机号"))
audit_object_register("member", _("会员"), page="members-detail", argument="member_id")
