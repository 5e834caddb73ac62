"""The four steps as forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.benefits.forms import value_typed
from members.benefits.models import Benefit
from members.benefits.rules import KINDS
from members.benefits.selectors import benefits_listed
from members.benefits.words import unit_words, value_text
from members.layers.selectors import LAYER_WORDS
from members.programme.rules import PLACES
from members.tiers.rules import Rung
from scrm.console.components.forms import DrawnField, field_drawn
from scrm.core.money import yuan_text
from scrm.tenants.settings import SETTINGS

_MOST_DAYS = 3650
_FULL = 10_000
_PERCENT = 100
MEASURE_WORDS = (
    ("members", gettext_lazy("会员人数")),
    ("repurchase", gettext_lazy("复购率（%）")),
    ("spend", gettext_lazy("会员消费（元）")),
    ("activity", gettext_lazy("月活跃会员")),
)
PART_TITLES = {
    "tiers": gettext_lazy("等级权益"),
    "gifts": gettext_lazy("升级礼遇"),
    "layers": gettext_lazy("渠道层级权益"),
}
PART_NOTES = {
    "tiers": gettext_lazy("在该等级期间一直享有，保级期内不变"),
    "gifts": gettext_lazy("升到该等级时发一次，365 天内不重复"),
    "layers": gettext_lazy("按与品牌最近的渠道享有，更高的层级也可用"),
}


class GoalForm(forms.Form):
    """What the programme is for."""

    text = forms.CharField(
        label=gettext_lazy("目标"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("例如：一年内让老客占到销售的一半。"),
    )
    measure = forms.ChoiceField(label=gettext_lazy("用什么衡量"), choices=MEASURE_WORDS)
    figure = forms.IntegerField(label=gettext_lazy("要达到"), min_value=1, max_value=10**12)


@dataclass(frozen=True)
class Cell:
    """One field of the matrix with what it stands for."""

    label: str
    field: DrawnField


@dataclass(frozen=True)
class Line:
    """A benefit across the places of one part."""

    name: str
    unit: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Block:
    """One of the three tables."""

    title: str
    note: str
    columns: Sequence[str]
    lines: Sequence[Line]


class BenefitsForm(forms.Form):
    """Which benefit stands where: a field per benefit and place, empty where it is not offered."""

    def __init__(
        self,
        *args: Any,
        rungs: Sequence[Rung],
        offered: Mapping[str, Mapping[str, Mapping[str, int]]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.benefits = list(benefits_listed().order_by("group", "name"))
        self.places: dict[str, list[tuple[str, str]]] = {
            "tiers": [(rung.code, rung.name) for rung in rungs],
            "gifts": [(rung.code, rung.name) for rung in rungs[1:]],
            "layers": [(str(layer), str(label)) for layer, label in LAYER_WORDS.items()],
        }
        for part, key, label, benefit in self._cells():
            value = offered.get(part, {}).get(key, {}).get(benefit.code)
            self.fields[_name(part, key, benefit)] = _field(benefit, label, value)

    def _cells(self) -> Iterator[tuple[str, str, str, Benefit]]:
        for part, places in self.places.items():
            for benefit in self.benefits:
                if PLACES[part] in KINDS[benefit.kind].places:
                    for key, label in places:
                        yield part, key, label, benefit

    def blocks(self) -> list[Block]:
        """For the template."""
        found = []
        for part, places in self.places.items():
            lines = [
                Line(
                    benefit.name,
                    unit_words(benefit.kind),
                    [
                        Cell(label, field_drawn(self[_name(part, key, benefit)]))
                        for key, label in places
                    ],
                )
                for benefit in self.benefits
                if PLACES[part] in KINDS[benefit.kind].places
            ]
            if lines and places:
                columns = [label for _key, label in places]
                found.append(Block(str(PART_TITLES[part]), str(PART_NOTES[part]), columns, lines))
        return found

    @override
    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        found: dict[str, dict[str, dict[str, int]]] = {
            part: {key: {} for key, _label in places} for part, places in self.places.items()
        }
        for part, key, _label, benefit in self._cells():
            name = _name(part, key, benefit)
            text = told.get(name)
            if not text:
                continue
            if KINDS[benefit.kind].unit == "none":
                found[part][key][benefit.code] = 0
                continue
            try:
                found[part][key][benefit.code] = value_typed(benefit.kind, text)
            except forms.ValidationError as error:
                self.add_error(name, error)
        self.offers = found
        return told


def _name(part: str, key: str, benefit: Benefit) -> str:
    return f"{part}-{key}-{benefit.code}"


def _field(benefit: Benefit, label: str, value: int | None) -> forms.Field:
    words = _("%(benefit)s，%(place)s") % {"benefit": benefit.name, "place": label}
    attrs = {"aria-label": words}
    if KINDS[benefit.kind].unit == "none":
        box = forms.CheckboxInput(attrs=attrs)
        return forms.BooleanField(
            required=False, initial=value is not None, widget=box, label=words
        )
    initial = "" if value is None else value_text(benefit.kind, value)
    typed = forms.TextInput(attrs={**attrs, "inputmode": "decimal"})
    return forms.CharField(
        required=False, max_length=16, initial=initial, widget=typed, label=words
    )


def _days(label: Any, minimum: int, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=minimum, max_value=_MOST_DAYS, **more)


class LifeCycleForm(forms.Form):
    """How growth counts and how long a tier lasts."""

    metric = forms.ChoiceField(label=gettext_lazy("等级看哪些成长值"))
    window_days = _days(
        gettext_lazy("成长值天数"),
        1,
        required=False,
        widget=forms.NumberInput(attrs={"data-when": "metric rolling_days"}),
    )
    valid_days = _days(gettext_lazy("等级有效期（天）"), 1)
    grace_days = _days(gettext_lazy("保级期（天）"), 0)
    downgrade = forms.ChoiceField(label=gettext_lazy("保级失败时"))
    keep_ratio = forms.CharField(
        label=gettext_lazy("保级比例（%）"),
        max_length=6,
        help_text=gettext_lazy("没有单独设保级线的等级，按升级门槛的这个比例保级。"),
    )
    recheck_days = _days(gettext_lazy("退款复核（天）"), 0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("metric", "downgrade"):
            field: Any = self.fields[name]
            field.choices = list((SETTINGS[f"tier.{name}"].choices or {}).items())

    def clean_window_days(self) -> int:
        return int(self.cleaned_data["window_days"] or SETTINGS["tier.window_days"].default)

    def clean_keep_ratio(self) -> int:
        text = self.cleaned_data["keep_ratio"].strip().removesuffix("%")
        whole, _dot, rest = text.partition(".")
        if not (whole + rest).isdigit() or len(rest) > 2:  # noqa: PLR2004 - basis points
            raise forms.ValidationError(_("填写 0 到 100，最多两位小数"))
        found = int(whole or 0) * _PERCENT + int(rest.ljust(2, "0") or 0)
        if found > _FULL:
            raise forms.ValidationError(_("填写 0 到 100，最多两位小数"))
        return found


def ratio_text(basis_points: int) -> str:
    """100 for 10000."""
    return yuan_text(basis_points).removesuffix(".00")


class SubmitForm(forms.Form):
    """A word for who approves."""

    reason = forms.CharField(label=gettext_lazy("给审批人的说明"), max_length=300, required=False)
