"""A rule tried out before it is saved, and the fields it may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from members.segments.fields import field_find, fields_listed
from members.segments.selectors import Reach, Rule, segment_estimate, segment_reach
from members.segments.sets import rule_checked
from members.segments.words import rule_words


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The planner's figure at once, the exact ones if they came in time, and the rule in words."""

    estimate: int
    exact: Reach | None
    words: str


@dataclass(frozen=True, kw_only=True)
class ChoiceShown:
    """A value and its name."""

    value: str
    label: str


@dataclass(frozen=True, kw_only=True)
class FieldShown:
    """A field with its words settled."""

    key: str
    label: str
    group: str
    kind: str
    unit: str
    operators: tuple[str, ...]
    choices: tuple[ChoiceShown, ...]
    index: str = ""
    has_search: bool = False


def rule_tried(rule: Rule) -> Counted:
    """Who the rule would find; InvalidRule if it cannot be run."""
    checked = rule_checked(rule)
    return Counted(
        estimate=segment_estimate(checked), exact=segment_reach(checked), words=rule_words(checked)
    )


def choices_found(key: str, *, text: str, values: Sequence[str]) -> list[ChoiceShown]:
    """Choices of a field with very many, by their words; or the names of these values."""
    field = field_find(key)
    if field is None:
        return []
    found: Sequence[tuple[str, object]] = ()
    if values and field.names is not None:
        found = list(field.names(values).items())
    elif field.search is not None:
        found = field.search(text)
    return [ChoiceShown(value=str(value), label=str(label)) for value, label in found]


def fields_shown() -> list[FieldShown]:
    """Every field as pickers and the API show it, in the reader's language."""
    return [
        FieldShown(
            key=field.key,
            label=str(field.label),
            group=str(field.group),
            kind=field.kind,
            unit=str(field.unit),
            operators=field.operators,
            choices=tuple(
                ChoiceShown(value=str(value), label=str(label)) for value, label in field.options()
            ),
            index=field.index,
            has_search=field.search is not None,
        )
        for field in fields_listed()
    ]
