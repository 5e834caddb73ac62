"""What an operator enters to bind an application."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class BindForm(forms.Form):
    """Taken from WeCom's admin pages."""

    name = forms.CharField(label=_("应用名称"), max_length=80, help_text=_("仅用于本后台显示"))
    corp_id = forms.CharField(
        label=_("企业 ID"),
        max_length=64,
        help_text=_("企业微信管理后台「我的企业」页面底部，以 ww 开头"),
    )
    agent_id = forms.IntegerField(
        label=_("AgentId"),
        min_value=1,
        max_value=2**53,
        help_text=_("「应用管理」中自建应用的 AgentId"),
    )
    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("同一应用的 Secret，加密保存，保存后不再显示"),
    )
    token = forms.CharField(
        label=_("回调 Token"), max_length=32, required=False, help_text=_("留空则自动生成")
    )
    aes_key = forms.CharField(
        label=_("EncodingAESKey"),
        max_length=43,
        required=False,
        help_text=_("43 位，留空则自动生成"),
    )
