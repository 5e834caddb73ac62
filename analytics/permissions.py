"""Who may see the figures."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "analytics.view",
    _("查看数据分析"),
    roles=(
        "private_domain_lead",
        "member_ops",
        "community_ops",
        "kol_manager",
        "finance",
        "analyst",
        "read_only",
    ),
)
