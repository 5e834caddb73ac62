"""Switches of channel codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.flags import flag_register

flag_register(
    "acquisition.codes",
    "acquisition",
    _("渠道活码"),
    effect=_("关闭后隐藏渠道活码的页面与接口；已印出去的码照常可扫，随时可以重新打开。"),
    packages=("communities.acquisition",),
)
