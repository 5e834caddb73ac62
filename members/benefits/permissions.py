from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

_READERS = (
    "private_domain_lead",
    "member_ops",
    "community_ops",
    "kol_manager",
    "analyst",
    "service_agent",
    "read_only",
)

permission_register("benefits.view", _("查看权益"), roles=_READERS)
permission_register("benefits.edit", _("编辑权益目录"), roles=("private_domain_lead", "member_ops"))
permission_register(
    "benefits.grant",
    _("发放与核销权益"),
    roles=("private_domain_lead", "member_ops", "service_agent"),
)
