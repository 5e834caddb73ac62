from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register(
    "member.tagged", "Tags were put on members: {member_ids: [key], tags: [name], source}."
)
event_register(
    "member.untagged", "Tags came off members: {member_ids: [key], tags: [name], source}."
)
event_register(
    "tag.changed",
    "A tag was made, renamed, defined anew, paused, merged or put away: {tag_id, change}.",
)

audit_register("members.tagged", _("批量打标签"))
audit_register("members.untagged", _("批量去标签"))
audit_object_register("tags", _("标签"))
audit_register("tags.created", _("新建标签"))
audit_register("tags.updated", _("修改标签"))
audit_register("tags.defined", _("提交标签定义"))
audit_register("tags.activated", _("启用标签定义"))
audit_register("tags.paused", _("暂停标签"))
audit_register("tags.resumed", _("恢复标签"))
audit_register("tags.merged", _("合并标签"))
audit_register("tags.unmerged", _("撤销合并标签"))
audit_register("tags.deleted", _("删除标签"))
audit_register("tags.linked", _("标签同步到企业微信"))
audit_register("tags.retried", _("重试标签同步"))
audit_register("tags.group_created", _("新建标签组"))
audit_register("tags.group_updated", _("修改标签组"))
audit_register("tags.group_deleted", _("删除标签组"))
audit_object_register("tag", _("标签"), page="tags-detail", argument="tag_id")
audit_object_register("tag_group", _("标签组"))
