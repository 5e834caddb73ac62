"""The ladder as a form: a row per rung, a few empty rows below; an emptied name takes a rung out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.tiers.ladder import MOST_RUNGS
from members.tiers.rules import UNIT, Rung
from scrm.console.components.forms import DrawnField, field_drawn

_SPARE = 2
_TIMES = re.compile(r"(\d{1,2})(?:\.(\d{1,4}))?")
_MOST = 10**12


@dataclass(frozen=True)
class Row:
    """The fields of one rung."""

    number: int
    name: DrawnField
    threshold: DrawnField
    keep: DrawnField
    times: DrawnField
    code: BoundField

    @property
    def fields(self) -> tuple[DrawnField, ...]:
        return self.name, self.threshold, self.keep, self.times


def times_text(multiplier: int) -> str:
    """1.2 for 12000."""
    whole, rest = divmod(multiplier, UNIT)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") if rest else str(whole)


def times_read(text: str) -> int:
    """12000 for 1.2; ValidationError otherwise."""
    match = _TIMES.fullmatch(text.strip())
    if match is None:
        raise forms.ValidationError(_("倍数是 1 或最多四位小数，如 1.2"))
    return int(match[1]) * UNIT + int((match[2] or "").ljust(4, "0"))


class LadderForm(forms.Form):
    """The whole ladder at once."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, rungs: Sequence[Rung], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {rung.code for rung in rungs}
        self.count = min(MOST_RUNGS, max(len(rungs) + _SPARE, 4))
        for place in range(self.count):
            self._row_add(place, rungs[place] if place < len(rungs) else None)

    def _row_add(self, place: int, rung: Rung | None) -> None:
        labels = {"n": place + 1}
        named = {
            "name": _("第 %(n)s 级的名称") % labels,
            "threshold": _("第 %(n)s 级的门槛") % labels,
            "keep": _("第 %(n)s 级的保级线") % labels,
            "times": _("第 %(n)s 级的积分倍数") % labels,
        }
        attrs = {key: {"aria-label": label} for key, label in named.items()}
        whole: dict[str, Any] = {"required": False, "min_value": 0, "max_value": _MOST}
        initial: Mapping[str, Any] = (
            {}
            if rung is None
            else {
                "name": rung.name,
                "threshold": rung.threshold,
                "keep": rung.keep_threshold,
                "times": times_text(rung.multiplier),
                "code": rung.code,
            }
        )
        made: dict[str, forms.Field] = {
            "name": forms.CharField(
                required=False, max_length=40, widget=forms.TextInput(attrs=attrs["name"])
            ),
            "threshold": forms.IntegerField(
                widget=forms.NumberInput(attrs=attrs["threshold"]), **whole
            ),
            "keep": forms.IntegerField(widget=forms.NumberInput(attrs=attrs["keep"]), **whole),
            "times": forms.CharField(
                required=False, max_length=8, widget=forms.TextInput(attrs=attrs["times"])
            ),
            "code": forms.CharField(required=False, max_length=40, widget=forms.HiddenInput),
        }
        for key, field in made.items():
            field.initial = initial.get(key)
            self.fields[f"{key}_{place}"] = field

    def rows(self) -> Iterator[Row]:
        """For the template."""
        for place in range(self.count):
            drawn = {
                key: field_drawn(self[f"{key}_{place}"])
                for key in ("name", "threshold", "keep", "times")
            }
            yield Row(number=place + 1, code=self[f"code_{place}"], **drawn)

    @override
    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        rungs: list[Rung] = []
        for place in range(self.count):
            name = found.get(f"name_{place}", "")
            if not name:
                continue
            threshold = found.get(f"threshold_{place}")
            if threshold is None and f"threshold_{place}" not in self.errors:
                self.add_error(f"threshold_{place}", _("请填写门槛"))
            try:
                times = times_read(found.get(f"times_{place}") or "1")
            except forms.ValidationError as fault:
                self.add_error(f"times_{place}", fault)
                continue
            rungs.append(
                Rung(
                    rank=len(rungs),
                    code=self._code(found.get(f"code_{place}", ""), rungs),
                    name=name,
                    threshold=threshold or 0,
                    keep_threshold=found.get(f"keep_{place}"),
                    multiplier=times,
                )
            )
            self.places.append(place)
        self.rungs = tuple(rungs)
        return found

    @property
    def places(self) -> list[int]:
        """Which row each rung stands in."""
        if not hasattr(self, "_places"):
            self._places: list[int] = []
        return self._places

    def _code(self, told: str, before: Sequence[Rung]) -> str:
        taken = self.known | {rung.code for rung in before}
        if told in self.known and told not in {rung.code for rung in before}:
            return told
        number = next(n for n in range(1, 100) if f"tier_{n}" not in taken)
        return f"tier_{number}"

    def digest(self) -> str:
        """What the preview was shown for."""
        return hashlib.sha256(repr(self.rungs).encode()).hexdigest()[:16]


class LockForm(forms.Form):
    """A tier by hand."""

    tier = forms.ChoiceField(label=gettext_lazy("锁定在"))
    until = forms.DateField(
        label=gettext_lazy("锁定到"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("含这一天；期间成长值与退款都不改变等级。"),
    )
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
