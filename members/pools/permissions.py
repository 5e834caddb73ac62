from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "pools.view",
    _("查看生命周期与粉丝池"),
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
    "pools.edit",
    _("初筛、移动粉丝池与设置核心行为"),
    roles=("private_domain_lead", "member_ops", "community_ops"),
)
