from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

# To look at what waits. What one may decide is the right of the kind itself.
permission_register(
    "approvals.view",
    _("查看审批"),
    roles=("private_domain_lead", "member_ops", "community_ops", "kol_manager", "finance"),
)
