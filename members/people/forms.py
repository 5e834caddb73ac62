"""Forms of the member pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members.people.models import Gender, MemberKind
from members.people.sources import source_choices
from members.profile.forms import custom_input, custom_name
from members.profile.models import CustomField
from members.profile.rules import Value


class ProfileForm(forms.Form):
    """What is known about a person."""

    display_name = forms.CharField(label=_("昵称"), max_length=80, required=False)
    gender = forms.ChoiceField(label=_("性别"), choices=Gender.choices, required=False)
    birthday = forms.DateField(
        label=_("生日"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    city = forms.CharField(label=_("城市"), max_length=40, required=False)
    occupation = forms.CharField(label=_("职业"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("用户类型"), choices=MemberKind.choices)
    is_opted_out = forms.BooleanField(
        label=_("已退订营销"), required=False, help_text=_("打开后不再收到任何营销推送")
    )

    def __init__(
        self, *args: Any, custom: Sequence[tuple[CustomField, Value]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for field, value in custom:
            self.fields[custom_name(field)] = custom_input(field, value)
        # The switch closes the form.
        self.order_fields([name for name in self.fields if name != "is_opted_out"])


class NewMemberForm(forms.Form):
    """A person an operator meets."""

    phone = forms.CharField(label=_("手机号"), max_length=20)
    display_name = forms.CharField(label=_("昵称"), max_length=80, required=False)
    source = forms.ChoiceField(label=_("渠道"), choices=source_choices, initial="store")


class TagForm(forms.Form):
    """Tags to put on members, by name."""

    tags = forms.CharField(
        label=_("标签"),
        max_length=200,
        help_text=_("多个标签用逗号隔开；没有的会新建，已有的不会重复。"),
    )

    def names(self) -> list[str]:
        """The names that were typed, each once."""
        text = str(self.cleaned_data["tags"]).replace("，", ",").replace("、", ",")
        return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


class UntagForm(TagForm):
    """Tags to take off members, by name."""

    tags = forms.CharField(
        label=_("标签"),
        max_length=200,
        help_text=_("多个标签用逗号隔开；没有这个标签的会员不受影响。"),
    )


class PhoneForm(forms.Form):
    """Why somebody needs the whole number."""

    reason = forms.CharField(label=_("查看原因"), max_length=100, help_text=_("会写入审计日志"))
