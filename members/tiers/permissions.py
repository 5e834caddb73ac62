from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "tiers.view",
    _("查看等级"),
    roles=(
        "private_domain_lead", "member_ops", "community_ops", "kol_manager", "analyst", "service_agent",
        "read_only",
    ),
)  # fmt: skip
permission_register("tiers.edit", _("编辑等级体系"), roles=("private_domain_lead", "member_ops"))
permission_register("tiers.lock", _("锁定会员等级"), roles=("private_domain_lead", "member_ops"))
