"""Forms made of registered settings, and the brand's profile."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.console.components.forms import WHEN
from scrm.console.shell.brand.words import spec_text
from scrm.core.money import fen_from_yuan, yuan_text
from scrm.tenants.catalogue import INDUSTRIES
from scrm.tenants.changing import LONGEST_NOTE
from scrm.tenants.profile import CURRENCIES, NAME_LENGTH
from scrm.tenants.setting_kinds import COUNTED, LONGEST_TEXT, Kind
from scrm.tenants.settings import Part, Parts, SettingSpec

# Form fields are called as a refusal's pointer reads: "/values/push.per_day".
FIELD = "values_"
_PART = "__"


class YuanField(forms.CharField):
    """Yuan as typed, fen in Python."""

    @override
    def prepare_value(self, value: Any) -> Any:
        return yuan_text(value) if isinstance(value, int) else value

    @override
    def clean(self, value: Any) -> Any:
        try:
            return fen_from_yuan(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(_("金额写作 1234 或 1234.50")) from error


class NumbersField(forms.CharField):
    """Whole numbers with commas between them."""

    @override
    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(item) for item in value) if isinstance(value, list) else value

    @override
    def clean(self, value: Any) -> Any:
        text = str(super().clean(value)).replace("，", ",").replace("、", ",")
        try:
            return [int(part) for part in text.split(",") if part.strip()]
        except ValueError as error:
            raise forms.ValidationError(_("写作用逗号隔开的整数，如 30, 60, 120")) from error


def _help(spec: SettingSpec) -> str:
    told = [str(spec.effect)]
    if spec.hint:
        told.append(str(spec.hint))
    told.append(_("默认：%(value)s") % {"value": spec_text(spec, spec.default)})
    return _(" · ").join(told)


def field_of(spec: SettingSpec) -> forms.Field:
    """The form field that asks for a setting of one part."""
    label = str(spec.label)
    if spec.unit:
        label = _("%(label)s（%(unit)s）") % {"label": spec.label, "unit": spec.unit}
    common: dict[str, Any] = {"label": label, "help_text": _help(spec)}
    if spec.kind is Kind.BOOL:
        return forms.BooleanField(required=False, **common)
    if spec.kind is Kind.CHOICE:
        return forms.ChoiceField(choices=list((spec.choices or {}).items()), **common)
    if spec.kind is Kind.FEN:
        return YuanField(max_length=20, **common)
    if spec.kind in COUNTED:
        return forms.IntegerField(min_value=spec.minimum, max_value=spec.maximum, **common)
    if spec.kind is Kind.LIST:
        return NumbersField(max_length=LONGEST_TEXT, required=False, **common)
    if spec.kind is Kind.TIME:
        return forms.CharField(widget=forms.TextInput(attrs={"type": "time"}), **common)
    placeholder = {"placeholder": "22:00-08:00"} if spec.kind is Kind.PERIOD else {}
    return forms.CharField(
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.TextInput(attrs=placeholder),
        **common,
    )


def _question(part: Part, first: str) -> forms.Field:
    """The form field of one part of a value."""
    if part.choices is not None:
        return forms.ChoiceField(choices=list(part.choices.items()))
    shown = {WHEN: " ".join((first, *part.when))} if part.when else {}
    return forms.IntegerField(
        min_value=part.minimum,
        max_value=part.maximum,
        required=not part.when,
        widget=forms.NumberInput(attrs=shown),
    )


def _asked(spec: SettingSpec, answers: Mapping[str, Any]) -> list[Part]:
    """The parts that are asked for with these answers."""
    if spec.parts is None:
        return []
    first = answers.get(FIELD + spec.key + _PART + spec.parts.parts[0].name)
    return [part for part in spec.parts.parts if not part.when or first in part.when]


class SettingsForm(forms.Form):
    """The settings of one group, or one of them."""

    def __init__(self, *args: Any, specs: Sequence[SettingSpec], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.specs = specs
        for spec in specs:
            if spec.parts is not None:
                self._questions_add(spec, spec.parts)
            elif spec.kind is Kind.DICT and isinstance(spec.schema, Mapping):
                self._parts_add(spec)
            else:
                self.fields[FIELD + spec.key] = field_of(spec)

    def _parts_add(self, spec: SettingSpec) -> None:
        assert isinstance(spec.schema, Mapping)  # noqa: S101 - asked by the caller
        for place, (name, shape) in enumerate(spec.schema.items()):
            self.fields[f"{FIELD}{spec.key}{_PART}{name}"] = NumbersField(
                label=_("%(label)s（%(unit)s）")
                % {"label": f"{spec.label} · {shape.label}", "unit": shape.unit},
                max_length=LONGEST_TEXT,
                help_text="" if place else _help(spec),
            )

    def _questions_add(self, spec: SettingSpec, parts: Parts) -> None:
        first, *_rest = parts.parts
        for part in parts.parts:
            field = _question(part, FIELD + spec.key + _PART + first.name)
            field.label = f"{spec.label} · {part.label}"
            field.help_text = _help(spec) if part is first else ""
            self.fields[FIELD + spec.key + _PART + part.name] = field

    @override
    def clean(self) -> dict[str, Any]:
        """What is asked for because of another answer has to be given."""
        for spec in self.specs:
            for part in _asked(spec, self.cleaned_data):
                name = FIELD + spec.key + _PART + part.name
                if name in self.cleaned_data and self.cleaned_data[name] is None:
                    self.add_error(name, _("请填写"))
        return self.cleaned_data

    @staticmethod
    def initial_of(specs: Sequence[SettingSpec], chosen: Mapping[str, Any]) -> dict[str, Any]:
        """What the fields show: the values as they stand."""
        found: dict[str, Any] = {}
        for spec in specs:
            value = chosen.get(spec.key, spec.default)
            if spec.parts is not None:
                split = spec.parts.split(value)
                found |= {f"{FIELD}{spec.key}{_PART}{name}": each for name, each in split.items()}
            elif spec.kind is Kind.DICT and isinstance(spec.schema, Mapping):
                found |= {
                    f"{FIELD}{spec.key}{_PART}{name}": value.get(name, []) for name in spec.schema
                }
            else:
                found[FIELD + spec.key] = value
        return found

    def values(self) -> dict[str, Any]:
        """The settings as they were typed, by key."""
        found: dict[str, Any] = {}
        for spec in self.specs:
            if spec.parts is not None:
                found[spec.key] = spec.parts.join(
                    {
                        part.name: self.cleaned_data[FIELD + spec.key + _PART + part.name]
                        for part in _asked(spec, self.cleaned_data)
                    }
                )
            elif spec.kind is Kind.DICT and isinstance(spec.schema, Mapping):
                found[spec.key] = {
                    name: self.cleaned_data[f"{FIELD}{spec.key}{_PART}{name}"]
                    for name in spec.schema
                }
            else:
                found[spec.key] = self.cleaned_data[FIELD + spec.key]
        return found


@lru_cache(maxsize=1)
def zones() -> list[tuple[str, str]]:
    """Zones people live in, by name."""
    areas = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    found = (name for name in zoneinfo.available_timezones() if name.split("/")[0] in areas)
    return [(name, name) for name in sorted(found)]


class ProfileForm(forms.Form):
    """Who the brand is."""

    name = forms.CharField(label=gettext_lazy("品牌名称"), max_length=NAME_LENGTH)
    industry = forms.ChoiceField(
        label=gettext_lazy("行业"),
        required=False,
        help_text=gettext_lazy("决定合规提示；选医美或整形医院会开启医疗广告审查"),
    )
    color = forms.CharField(
        label=gettext_lazy("品牌颜色"),
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text=gettext_lazy("显示在顶栏和品牌切换里，方便分清正在操作哪个品牌"),
    )
    timezone = forms.ChoiceField(
        label=gettext_lazy("时区"),
        help_text=gettext_lazy(
            "自然日、静默期和夜间计算都按这个时区；保存后从下一个自然日起完全一致"
        ),
    )
    currency = forms.ChoiceField(label=gettext_lazy("币种"))

    def __init__(
        self, *args: Any, is_currency_fixed: bool, known: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        industries = dict(INDUSTRIES)
        if known["industry"] and known["industry"] not in industries:
            industries[known["industry"]] = known["industry"]  # from before the list
        self._choices("industry", [("", _("未选择")), *industries.items()])
        listed = dict(zones())
        listed.setdefault(known["timezone"], known["timezone"])
        self._choices("timezone", list(listed.items()))
        self._choices("currency", [(code, code) for code in CURRENCIES])
        currency = self.fields["currency"]
        currency.disabled = is_currency_fixed
        free = _("第一笔订单之后不能再改；后台的金额符号目前一律写作 ¥")
        currency.help_text = _("已有订单，币种不能再改") if is_currency_fixed else free

    def _choices(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices


class ReviewForm(forms.Form):
    """What goes with a difference that was read: why, and which version it was compared with."""

    note = forms.CharField(
        label=gettext_lazy("备注"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=gettext_lazy("为什么改，写进历史"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class CautionForm(forms.Form):
    """Somebody takes a warning on."""

    text_version = forms.IntegerField(widget=forms.HiddenInput)
    is_read = forms.BooleanField(label=gettext_lazy("我已阅读全文，并代表品牌承担上述后果"))


class ChannelForm(forms.Form):
    """A channel of the brand's own."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    code = forms.CharField(
        label=gettext_lazy("代码"),
        max_length=40,
        help_text=gettext_lazy(
            "订单和导入文件里写的就是它，保存后不能再改；小写字母、数字和下划线"
        ),
    )
    kind = forms.ChoiceField(label=gettext_lazy("类型"))


class ChannelEditForm(forms.Form):
    """What may change of a channel of the brand's own."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    kind = forms.ChoiceField(label=gettext_lazy("类型"))
