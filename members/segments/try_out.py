"""A rule tried out before it is saved, and the fields it may use."""

from __future__ import annotations

from dataclasses import dataclass

from members.segments.fields import fields_listed
from members.segments.selectors import Reach, Rule, segment_estimate, segment_reach
from members.segments.services import rule_checked
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


def rule_count(rule: Rule) -> Counted:
    """Who the rule would find; InvalidRule if it cannot be run."""
    checked = rule_checked(rule)
    return Counted(
        estimate=segment_estimate(checked), exact=segment_reach(checked), words=rule_words(checked)
    )


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
        )
        for field in fields_listed()
    ]
