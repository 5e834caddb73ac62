"""Settings of identity."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.tenants.settings import Kind, setting_register

setting_register(
    "identity.auto_merge",
    kind=Kind.CHOICE,
    default="verified",
    choices={
        "verified": _("同一 UnionID 或双方都验证过的手机号：自动合并"),
        "off": _("从不自动合并，都交给人处理"),
    },
    label=_("自动合并会员"),
    effect=_("对之后收到的身份生效；自动合并的会员随时可以拆分，拆分后不再自动合并。"),
    group="members",
    order=10,
)
