"""Acts that are audited, and the notice of an endpoint that was switched off."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_register
from scrm.events.notices import notice_kind_register

audit_register("webhook.created", _("新建 Webhook"))
audit_register("webhook.changed", _("修改 Webhook"))
audit_register("webhook.removed", _("删除 Webhook"))
audit_register("webhook.switched_on", _("启用 Webhook"))
audit_register("webhook.switched_off", _("停用 Webhook"))
audit_register("webhook.secret_rotated", _("轮换 Webhook 密钥"))
audit_register("webhook.tested", _("发送 Webhook 测试"))
audit_register("webhook.replayed", _("重新发送 Webhook"))
notice_kind_register("webhook.off", _("Webhook 停用"), icon="plug", tone="bad")
