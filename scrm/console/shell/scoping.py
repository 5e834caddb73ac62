"""Whose customers a person or a key sees: said in words, and asked for in a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.access.scope import scope_names

_ALL, _SOME = "all", "some"
_PARTS = ("departments", "staff")
_SAID = 3
# A longer list of departments scrolls inside a box of its own.
_TICKED = 12

ScopeData = Mapping[str, Sequence[str]]


def scope_words(data: ScopeData | None, names: Mapping[str, str], *, most: int = _SAID) -> str:
    """The data scope by the names that `scope_names` found for it; the first few of many."""
    if data is None:
        return _("整个品牌")
    said = [names.get(key, key) for part in _PARTS for key in data.get(part, ())]
    if len(said) <= most:
        return _("、").join(said)
    return _("%(names)s 等 %(count)s 项") % {"names": _("、").join(said[:most]), "count": len(said)}


def scopes_said(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows, each with its data scope in words as ``scope_said``; the names are asked once."""
    names = scope_names(*(row.data_scope for row in rows))
    for row in rows:
        row.scope_said = scope_words(row.data_scope, names)
    return rows


class ScopeForm(forms.Form):
    """All of the brand's customers, or those of some departments and staff."""

    whose = forms.ChoiceField(
        label=gettext_lazy("数据范围"),
        choices=[
            (_ALL, gettext_lazy("整个品牌")),
            (_SOME, gettext_lazy("只看指定部门或员工的客户")),
        ],
        widget=forms.RadioSelect,
        initial=_ALL,
    )
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("部门"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("包含它的下级部门。"),
    )
    staff = forms.MultipleChoiceField(
        label=gettext_lazy("员工"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=gettext_lazy("按住 Ctrl 或 ⌘ 可以多选。"),
    )

    def __init__(
        self, *args: Any, choices: Mapping[str, Sequence[tuple[str, str]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if len(choices["departments"]) > _TICKED:
            self.fields["departments"].widget = forms.SelectMultiple(attrs={"size": 8})
            self.fields["departments"].help_text = _("包含它的下级部门；按住 Ctrl 或 ⌘ 可以多选。")
        for part in _PARTS:
            if choices[part]:
                self.fields[part].choices = choices[part]  # type: ignore[attr-defined]
            else:
                del self.fields[part]
        if not choices["departments"] and not choices["staff"]:
            del self.fields["whose"]  # nobody to choose from before WeCom is bound

    def data_scope(self) -> dict[str, list[str]] | None:
        """What the services take."""
        # Where there is nobody to choose from, what was chosen before stays.
        data = self.cleaned_data if "whose" in self.fields else self.initial
        if data.get("whose") != _SOME:
            return None
        return {part: data.get(part, []) for part in _PARTS}


def scope_initial(data: ScopeData | None) -> dict[str, Any]:
    """The form as a scope fills it."""
    scope = data or {}
    return {
        "whose": _ALL if data is None else _SOME,
        **{part: scope.get(part, []) for part in _PARTS},
    }
