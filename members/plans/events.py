from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register(
    "plan.changed",
    "Members' paid plans changed: {member_ids: [key], change}; one of bought, renewed, refunded, expired.",
)
audit_register("plans.created", _("新建付费会员方案"))
audit_register("plans.updated", _("修改付费会员方案"))
audit_register("plans.closed", _("停售付费会员方案"))
audit_register("plans.opened", _("恢复销售付费会员方案"))
audit_register("plans.bought", _("开通付费会员"))
audit_register("plans.renewed", _("续费付费会员"))
audit_register("plans.refunded", _("退付费会员"))
audit_object_register("paid_plan", _("付费会员方案"), page="plans-edit", argument="plan_id")
