from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register

audit_register("scan_codes.made", _("新建来源码"))
audit_register("scan_codes.archived", _("停用来源码"))
audit_register("scan_codes.restored", _("恢复来源码"))
audit_register("scan_codes.scanned", _("扫来源码进入"))
audit_object_register("scan_code", _("来源码"), page="scan-code", argument="code_id")
