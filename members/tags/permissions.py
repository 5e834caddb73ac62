from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "tags.view",
    _("查看标签"),
    roles=(
        "private_domain_lead",
        "member_ops",
        "community_ops",
        "kol_manager",
        "analyst",
        "service_agent",
        "read_only",
    ),
)
permission_register(
    "tags.edit",
    _("编辑标签与规则"),
    roles=("private_domain_lead", "member_ops", "community_ops", "analyst"),
)
permission_register("tags.approve", _("审批规则标签"), roles=("private_domain_lead",))
