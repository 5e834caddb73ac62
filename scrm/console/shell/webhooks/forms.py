"""What a person enters about a webhook."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from scrm.webhooks.guard import LONGEST_URL
from scrm.webhooks.selectors import types_list


class EndpointForm(forms.Form):
    """Where the brand's own system listens, and for what."""

    url = forms.CharField(
        label=_("接收地址"),
        max_length=LONGEST_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
        help_text=_("必须是公网可访问的 https 地址；内网和保留地址会被拒绝"),
    )
    description = forms.CharField(
        label=_("说明"), max_length=200, required=False, help_text=_("例如：CRM、数据仓库")
    )
    types = forms.MultipleChoiceField(
        label=_("事件类型"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("至少选一个")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        field = self.fields["types"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [(found.name, f"{found.label} · {found.name}") for found in types_list()]


class ReplayForm(forms.Form):
    """From when on what failed is sent again."""

    since = forms.DateTimeField(
        label=_("从何时起"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=_("按品牌所在时区；记录保留 30 天"),
    )


class ConfirmForm(forms.Form):
    """Nothing to enter."""
