from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "plans.view",
    _("查看付费会员"),
    roles=("private_domain_lead", "member_ops", "analyst", "service_agent", "finance", "read_only"),
)
permission_register(
    "plans.edit", _("编辑付费会员方案"), roles=("private_domain_lead", "member_ops")
)
permission_register(
    "plans.sell",
    _("开通与续费付费会员"),
    roles=("private_domain_lead", "member_ops", "service_agent"),
)
permission_register(
    "plans.refund", _("退付费会员"), roles=("private_domain_lead", "member_ops", "finance")
)
