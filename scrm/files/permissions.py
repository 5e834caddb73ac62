from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.permissions import permission_register

_WORKERS = ("private_domain_lead", "member_ops", "community_ops", "analyst", "finance")

permission_register("exports.view", _("查看导出中心"), roles=_WORKERS, honours_scope=True)
permission_register("exports.create", _("导出数据"), roles=_WORKERS, honours_scope=True)
permission_register("exports.all", _("下载他人的导出文件"), roles=())
permission_register(
    "imports.view",
    _("查看数据接入与导入记录"),
    roles=("private_domain_lead", "member_ops", "community_ops", "analyst", "read_only"),
)
permission_register("imports.create", _("导入数据"), roles=("private_domain_lead", "member_ops"))
permission_register(
    "jobs.control",
    _("取消与重试任务"),
    roles=("private_domain_lead", "member_ops", "community_ops", "analyst", "finance"),
)
permission_register("members.pii", _("导出完整手机号"), roles=("private_domain_lead",))
