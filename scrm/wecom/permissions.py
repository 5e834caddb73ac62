"""Rights over the binding and over what WeCom told us."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "wecom.view",
    _("查看企业微信接入"),
    roles=("private_domain_lead", "community_ops", "analyst", "read_only"),
)
permission_register("wecom.manage", _("管理企业微信接入"), roles=("private_domain_lead",))
