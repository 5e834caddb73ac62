"""What the console writes to the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_register

audit_register("views.saved", _("保存列表视图"))
audit_register("views.deleted", _("删除列表视图"))
