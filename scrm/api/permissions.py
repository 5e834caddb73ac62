"""Rights of the platform's own endpoints."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

permission_register(
    "tenant.view", _("查看品牌设置"), roles=["private_domain_lead", "analyst", "read_only"]
)
permission_register("tenant.edit", _("修改品牌设置"), roles=[])
permission_register(
    "channels.view",
    _("查看渠道"),
    roles=[
        "private_domain_lead", "member_ops", "community_ops", "kol_manager", "analyst", "read_only",
    ],
)  # fmt: skip
permission_register("channels.edit", _("管理渠道"), roles=["private_domain_lead", "member_ops"])
permission_register("acknowledgements.give", _("确认风险提示"), roles=[])
permission_register("keys.view", _("查看 API 密钥"), roles=[])
permission_register("keys.edit", _("管理 API 密钥"), roles=[])
permission_register(
    "jobs.view",
    _("查看任务进度"),
    roles=["private_domain_lead", "member_ops", "community_ops", "finance", "analyst", "read_only"],
)
permission_register("jobs.run", _("运行夜间任务"), roles=[])
permission_register("audit.view", _("查看审计日志"), roles=["private_domain_lead"])
permission_register(
    "events.view", _("查看事件类型"), roles=["private_domain_lead", "analyst", "read_only"]
)
