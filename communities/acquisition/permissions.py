"""Who may see and make contact codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "contact_codes.view",
    _("查看渠道活码"),
    roles=("private_domain_lead", "member_ops", "community_ops", "analyst", "read_only"),
)
permission_register(
    "contact_codes.edit",
    _("管理渠道活码"),
    roles=("private_domain_lead", "member_ops", "community_ops"),
)
