from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "scan_codes.view",
    _("查看来源码"),
    roles=("private_domain_lead", "member_ops", "community_ops", "analyst", "read_only"),
)
permission_register(
    "scan_codes.edit",
    _("管理来源码"),
    roles=("private_domain_lead", "member_ops", "community_ops"),
)
