"""Who may see and change points."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "points.view",
    _("查看积分"),
    roles=(
        "private_domain_lead", "member_ops", "community_ops", "finance", "analyst", "service_agent", "read_only",
    ),
)  # fmt: skip
permission_register("points.adjust", _("调整积分"), roles=("private_domain_lead", "member_ops"))
