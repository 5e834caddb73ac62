"""Switches of segments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.flags import flag_register

flag_register(
    "tags.segments",
    "tags",
    _("人群"),
    effect=_("关闭后隐藏人群的页面与接口；用到人群的推送照常工作，随时可以重新打开。"),
    packages=("members.segments",),
)
