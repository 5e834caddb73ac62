"""Facts and audited acts of pushes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

PUSH_COMPLETED = "push.completed"

event_register(
    PUSH_COMPLETED,
    "A push reached its end: {push_id, state, total, sent, failed, suppressed, reasons}.",
)

audit_register("push.created", _("新建推送"))
audit_register("push.updated", _("修改推送"))
audit_register("push.deleted", _("删除推送草稿"))
audit_register("push.restored", _("恢复推送草稿"))
audit_register("push.scheduled", _("提交推送"))
audit_register("push.cancelled", _("取消推送"))
audit_register("push.stopped", _("停止推送"))
audit_register("push.reminded", _("催办推送"))
audit_object_register("push", _("推送"), page="push-detail", argument="push_id")
