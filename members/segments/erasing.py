"""A rule may name a person as a value: that word is blacked out, the rule itself stands."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from members.segments import models
from members.segments.models import Segment
from scrm.core.persons import Person, eraser_register, kept_register, value_without, words_in
from scrm.tenants.wording import key_words, label_of, one_after_another, rows_holding, texts_out

_VALUE = "value"


def rule_without(rule: Any, pattern: Any) -> Any:
    """The rule with its values cleaned; names of fields and operators stay what they are."""
    if isinstance(rule, dict):
        return {
            key: value_without(inner, pattern) if key == _VALUE else rule_without(inner, pattern)
            for key, inner in rule.items()
        }
    if isinstance(rule, list):
        return [rule_without(inner, pattern) for inner in rule]
    return rule


def _rules(person: Person, limit: int) -> int:
    pattern, done = words_in(person.words), 0
    for segment in Segment.objects.filter(pk__in=rows_holding(Segment, ["rule"], person.words)):
        rule = rule_without(segment.rule, pattern)
        if rule != segment.rule:
            Segment.objects.filter(pk=segment.pk).update(rule=rule)
            done += 1
        if done >= limit:
            break
    return done


eraser_register(
    "segments",
    order=40,
    label=_("人群规则"),
    erase=one_after_another(
        _rules, texts_out(Segment, "description"), texts_out(Segment, "name", words=key_words)
    ),
    tables=[label_of(Segment)],
)
kept_register(
    *(
        label_of(getattr(models, name))
        for name in ("SegmentSet", "SegmentSnapshot", "SetDirty")
        if hasattr(models, name)
    ),
    why="keys of members; an erased one is in no count and no list",
)
