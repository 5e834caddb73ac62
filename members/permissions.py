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

permission_register("members.view", _("查看会员"), roles=_READERS, honours_scope=True)
permission_register(
    "members.edit",
    _("编辑会员"),
    roles=("private_domain_lead", "member_ops", "community_ops", "service_agent"),
    honours_scope=True,
)
# Reaches two people at once and everything they have: not for whoever sees only some of the members.
permission_register(
    "members.merge", _("合并与拆分会员"), roles=("private_domain_lead", "member_ops")
)
permission_register(
    "members.show_phone",
    _("查看完整手机号"),
    roles=("private_domain_lead", "member_ops"),
    honours_scope=True,
)
permission_register("orders.view", _("查看订单"), roles=(*_READERS, "finance"), honours_scope=True)
permission_register(
    "orders.write", _("写入与导入订单"), roles=("private_domain_lead", "member_ops")
)
permission_register("segments.view", _("查看人群"), roles=_READERS, honours_scope=True)
permission_register(
    "segments.edit",
    _("编辑人群"),
    roles=("private_domain_lead", "member_ops", "community_ops", "analyst"),
)
