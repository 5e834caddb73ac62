from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_register

audit_register("platform.entered", _("平台人员进入品牌"))
audit_register("platform.left", _("平台人员离开品牌"))
audit_register("platform.tenant_status", _("平台停用或恢复品牌"))
audit_register("platform.operator_status", _("平台停用或恢复人员账号"))
