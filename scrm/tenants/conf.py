"""Switches of the platform itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.flags import flag_register
from scrm.tenants.profile import is_medical

flag_register(
    "content.medical_guard",
    "content",
    _("医疗广告审查"),
    effect=_("带购买链接或联系方式的内容按医疗广告规则拦截；保存后对新内容生效。"),
    default=False,
    forced=is_medical,
    forced_note=_("医美与整形医院必须开启，由行业决定"),
)
