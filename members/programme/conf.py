"""The programme, benefits and paid plans may be switched off together."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.flags import flag_register

flag_register(
    "members.programme",
    "members",
    _("会员权益与付费会员"),
    effect=_(
        "关闭后隐藏权益、付费会员与会员方案的页面与接口；已发放和已购买的照常有效，随时可以重新打开。"
    ),
    packages=("members.benefits", "members.plans", "members.programme"),
)
