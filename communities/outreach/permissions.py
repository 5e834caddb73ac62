"""Who may see, write and send pushes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "pushes.view",
    _("查看推送"),
    roles=("private_domain_lead", "member_ops", "community_ops", "analyst", "read_only"),
)
permission_register(
    "pushes.edit",
    _("编辑推送"),
    roles=("private_domain_lead", "member_ops", "community_ops"),
)
permission_register(
    "pushes.send",
    _("发送与停止推送"),
    roles=("private_domain_lead", "member_ops"),
)
