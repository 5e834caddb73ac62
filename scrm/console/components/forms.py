"""How a form field is drawn: label, control, help and errors, tied together for readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.forms.boundfield import BoundField
    from django.utils.safestring import SafeString

# Shown only while another field of the form has one of these values: {"data-when": "kind months month_end"}.
WHEN = "data-when"
_GROUPS = (forms.CheckboxSelectMultiple, forms.RadioSelect)


@dataclass(frozen=True, kw_only=True)
class DrawnField:
    """A field ready for its template."""

    bound: BoundField
    control: SafeString
    shape: str

    @property
    def is_optional(self) -> bool:
        """Whether one may leave it empty; a field that only some choice needs does not say so."""
        return not (self.bound.field.required or WHEN in self.bound.field.widget.attrs)


def field_drawn(bound: BoundField) -> DrawnField:
    widget = bound.field.widget
    shape, classes = _shape(widget)
    attributes: dict[str, str | bool] = {
        "class": " ".join(filter(None, (classes, widget.attrs.get("class", ""))))
    }
    described = []
    if bound.help_text and bound.auto_id:
        described.append(f"{bound.auto_id}_helptext")
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
        attributes["aria-invalid"] = "true"
        attributes["class"] = f"{attributes['class']} is-invalid"
    if described and shape != "group":
        attributes["aria-describedby"] = " ".join(described)
    if shape == "file":
        attributes["data-file"] = True
    return DrawnField(bound=bound, control=bound.as_widget(attrs=attributes), shape=shape)


def fields_drawn(form: forms.BaseForm) -> Iterable[DrawnField]:
    return (field_drawn(bound) for bound in form if not bound.is_hidden)


def _shape(widget: forms.Widget) -> tuple[str, str]:
    if isinstance(widget, _GROUPS):
        return "group", ""
    if isinstance(widget, forms.CheckboxInput):
        return "switch", "form-check-input"
    if isinstance(widget, forms.FileInput):
        return "file", "visually-hidden"
    if isinstance(widget, forms.Select):
        return "plain", "form-select"
    return "plain", "form-control"
