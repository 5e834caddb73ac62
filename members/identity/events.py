from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register(
    "identity.conflict_found",
    "One message claimed identifiers of two known members; nobody was merged: {kept_id, other_id, types}.",
)
event_register("identity.moved", "An identifier has a new holder: {from_id, to_id, type}.")

audit_register("members.identity_added", _("添加身份标识"))
audit_register("members.identity_moved", _("转移身份标识"))
audit_register("members.merged", _("合并会员"))
audit_register("members.split", _("拆分会员"))
audit_register("members.kept_apart", _("身份冲突：保持独立"))
audit_register("members.conflict_reopened", _("身份冲突：重新打开"))
audit_object_register("merge", _("会员合并"))
audit_object_register("conflict", _("身份冲突"))
