from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.setting_kinds import Kind
from scrm.tenants.settings import setting_register

setting_register(
    "files.keep_days",
    kind=Kind.DAYS,
    default=7,
    minimum=1,
    maximum=90,
    label=_("导出文件保留天数"),
    effect=_("之后新生成的文件按此到期；到期后内容在当晚删除，导出记录随任务记录保留。"),
    group="files",
    order=10,
)
setting_register(
    "jobs.keep_days",
    kind=Kind.DAYS,
    default=90,
    minimum=7,
    maximum=730,
    label=_("任务与导入记录保留天数"),
    effect=_("已结束的任务、夜间运行、被拒行和导入记录在这之后的当晚删除。"),
    group="files",
    order=20,
)
