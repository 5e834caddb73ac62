from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_register
from scrm.events.notices import notice_kind_register

audit_register("job.cancelled", _("取消任务"))
audit_register("job.retried", _("重试任务"))
notice_kind_register("job.done", _("任务完成"), icon="circle-check", tone="good")
notice_kind_register("job.failed", _("任务失败"), icon="alert-triangle", tone="bad")
