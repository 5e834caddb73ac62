from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "members.notes",
    _("写会员备注"),
    roles=("private_domain_lead", "member_ops", "community_ops", "service_agent"),
    honours_scope=True,
)
permission_register("fields.edit", _("编辑自定义字段"), roles=("private_domain_lead", "member_ops"))
