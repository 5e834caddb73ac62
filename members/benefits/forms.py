"""Forms of the catalogue and of grants."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.benefits.models import BenefitGroup, BenefitKind
from members.benefits.rules import GRANT, KINDS
from members.benefits.selectors import benefits_listed
from members.benefits.words import value_read

_VALUED = " ".join(kind for kind, known in KINDS.items() if known.unit != "none")


def value_typed(kind: str, text: str) -> int:
    """The value typed; ValidationError in words otherwise."""
    try:
        return value_read(kind, text.strip())
    except ValueError as error:
        raise forms.ValidationError(_("请填写数字")) from error


class BenefitForm(forms.Form):
    """An entry of the catalogue."""

    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=BenefitKind.choices)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    value = forms.CharField(
        label=gettext_lazy("数值"),
        max_length=20,
        required=False,
        help_text=gettext_lazy(
            "券和礼包填面值（元），包邮填起点金额（元，0 为不限），退货填天数，席位填数量。"
        ),
        widget=forms.TextInput(attrs={"data-when": f"kind {_VALUED}"}),
    )
    group = forms.ChoiceField(
        label=gettext_lazy("对比分组"),
        required=False,
        choices=[("", gettext_lazy("按类型")), *BenefitGroup.choices],
    )
    description = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)
    is_exact_layer = forms.BooleanField(
        label=gettext_lazy("用于渠道层级时只给该层"),
        required=False,
        help_text=gettext_lazy("不勾选时，更高的层级也能使用。"),
    )

    def __init__(self, *args: Any, kind: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fixed = kind
        if kind:
            del self.fields["kind"]
            if KINDS[kind].unit == "none":
                del self.fields["value"]
            else:
                self.fields["value"].widget = forms.TextInput()

    @override
    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        kind = self.fixed or found.get("kind", "")
        if not kind:
            return found
        text = found.pop("value", "")
        if KINDS[kind].unit != "none":
            try:
                found["value"] = value_typed(kind, text)
            except forms.ValidationError as error:
                self.add_error("value", error)
        if not found.get("group"):
            found.pop("group", None)
        return found


class GrantForm(forms.Form):
    """A benefit for one member."""

    benefit = forms.ChoiceField(label=gettext_lazy("权益"))
    reference = forms.CharField(
        label=gettext_lazy("单据号"),
        max_length=80,
        help_text=gettext_lazy("同一单据号只发一次。"),
    )
    until = forms.DateField(
        label=gettext_lazy("有效期至"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("含这一天；不填则长期有效。"),
    )
    note = forms.CharField(label=gettext_lazy("备注"), max_length=200, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        choice: Any = self.fields["benefit"]
        choice.choices = [
            (benefit.code, benefit.name)
            for benefit in benefits_listed().order_by("name")
            if GRANT in KINDS[benefit.kind].places
        ]

    def clean_until(self) -> date | None:
        until: date | None = self.cleaned_data["until"]
        if until is not None and until < self.today:
            raise forms.ValidationError(_("不能早于今天"))
        return until


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


class SureForm(forms.Form):
    """Nothing to fill in: a look before it is done."""
