"""Words of the audit log and of notices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_register
from scrm.events.notices import notice_kind_register

audit_register("approval.requested", _("提交审批"))
audit_register("approval.approved", _("通过审批"))
audit_register("approval.rejected", _("驳回审批"))
audit_register("approval.withdrawn", _("撤回审批"))
audit_register("approval.expired", _("审批过期"))

NOTICE_WAITING, NOTICE_DECIDED = "approval.waiting", "approval.decided"
notice_kind_register(NOTICE_WAITING, _("待审批"), icon="list-check", tone="warn")
notice_kind_register(NOTICE_DECIDED, _("审批结果"), icon="list-check", tone="info")
