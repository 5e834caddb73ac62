"""Forms of the room, and the inputs of the brand's own fields in the form of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _

from members.profile.models import CustomField, Direction, FieldKind
from members.profile.rules import BOOL, CHOICE, DATE, LONGEST_NOTE, LONGEST_TEXT, NUMBER, Value
from scrm.console.components.forms import WHEN

_INPUT = "custom_"


class FieldForm(forms.Form):
    """A question of the brand's own."""

    label = forms.CharField(label=_("名称"), max_length=40)
    kind = forms.ChoiceField(
        label=_("类型"), choices=FieldKind.choices, help_text=_("保存后不能再改")
    )
    choices = forms.CharField(
        label=_("选项"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, WHEN: "kind choice"}),
        help_text=_("每行一个，最多 50 个"),
    )
    direction = forms.ChoiceField(
        label=_("画像方向"),
        choices=Direction.choices,
        help_text=_("在会员页的画像里归到哪一类"),
    )
    key = forms.CharField(
        label=_("键"),
        max_length=40,
        required=False,
        help_text=_(
            "接口和规则用它称呼这个字段：小写字母、数字和下划线；留空自动生成，保存后不能再改"
        ),
    )

    def clean_choices(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]


class FieldWordsForm(FieldForm):
    """What may be changed of a field."""

    def __init__(self, *args: Any, is_choice: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["kind"], self.fields["key"]
        if is_choice:
            self.fields["choices"].widget.attrs.pop(WHEN)
        else:
            del self.fields["choices"]


class NoteForm(forms.Form):
    """What to write down about a member."""

    text = forms.CharField(
        label=_("备注"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 4})
    )
    is_pinned = forms.BooleanField(
        label=_("置顶"), required=False, help_text=_("显示在会员页右侧，替换原来的置顶备注")
    )


class NoteWordsForm(forms.Form):
    """Other words for a note."""

    text = forms.CharField(
        label=_("备注"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 4})
    )


def custom_input(field: CustomField, value: Value) -> forms.Field:
    """The input of one of the brand's own fields; a word that is no option any more may stay."""
    told: dict[str, Any] = {"label": field.label, "required": False}
    if field.kind == NUMBER:
        return forms.IntegerField(min_value=-(10**15), max_value=10**15, **told)
    if field.kind == DATE:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(widget=widget, **told)
    if field.kind == BOOL:
        options = [("", _plain("未填")), ("true", _plain("是")), ("false", _plain("否"))]
        return forms.ChoiceField(choices=options, **told)
    if field.kind == CHOICE:
        words = list(dict.fromkeys([*field.choices, *([str(value)] if value else [])]))
        return forms.ChoiceField(choices=[("", _plain("未填")), *((w, w) for w in words)], **told)
    return forms.CharField(max_length=LONGEST_TEXT, **told)


def custom_name(field: CustomField) -> str:
    """The input's name."""
    return f"{_INPUT}{field.key}"


def custom_initial(field: CustomField, value: Value) -> object:
    """The value as its input shows it."""
    if field.kind == BOOL:
        return "" if value is None else str(value).lower()
    return value


def custom_changes(
    custom: Sequence[tuple[CustomField, Value]], cleaned: Mapping[str, Any]
) -> dict[str, object]:
    """What the inputs say otherwise than what is known, as the wire writes it."""
    changes: dict[str, object] = {}
    for field, known in custom:
        told = cleaned.get(custom_name(field))
        value: Any = None if told in (None, "") else told
        if field.kind == BOOL and value is not None:
            value = value == "true"
        if value != known:
            changes[field.key] = value.isoformat() if isinstance(value, date) else value
    return changes
