"""The rule language as JSON Schema 2020-12, made from the registry: what it allows is what the compiler takes.

What a schema cannot say stays in words: both ends of a range stand in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from members.segments.fields import (
    LONGEST,
    MANY,
    MOST,
    MOST_DAYS,
    MOST_VALUES,
    OPERATORS,
    SegmentField,
    fields_listed,
)
from members.segments.rules import MAX_CONDITIONS, UNARY

Schema = dict[str, Any]
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST}
_INTEGER: Schema = {"type": "integer", "minimum": -MOST, "maximum": MOST}
_VALUES: Mapping[str, Schema] = {
    "number": _INTEGER,
    "yuan": _INTEGER,
    "days": {"type": "integer", "minimum": -MOST_DAYS, "maximum": MOST_DAYS},
    "date": {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "choice": _TEXT,
    "text": _TEXT,
    "words": _TEXT,
    "bool": {"type": "boolean"},
}


def rule_schema() -> Schema:
    """The brand's rules: one definition per field, with its unit and the index that serves it."""
    fields = fields_listed()
    conditions = {f"field.{field.key}": _of_field(field) for field in fields}
    anything: Schema = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in conditions]}
    return {
        "$schema": _DRAFT,
        **shape("#/$defs/"),
        "$defs": parts("#/$defs/", anything) | conditions,
    }


def shape(refs: str) -> Schema:
    """What a whole rule is."""
    return {
        "title": "Segment rule",
        "description": "Groups of conditions, one inside another at most; `not` is whoever does not fulfil what "
        "is inside. An empty `all` is everybody, an empty `any` nobody.",
        "oneOf": [
            *_groups({"$ref": f"{refs}RulePart"}),
            {"$ref": f"{refs}RuleCondition"},
            _not(*_groups({"$ref": f"{refs}RuleLeaf"}), {"$ref": f"{refs}RuleCondition"}),
        ],
    }


def parts(refs: str, condition: Schema) -> dict[str, Schema]:
    """What stands inside a rule."""
    leaf: Schema = {
        "oneOf": [{"$ref": f"{refs}RuleCondition"}, _not({"$ref": f"{refs}RuleCondition"})]
    }
    inner = _groups({"$ref": f"{refs}RuleLeaf"})
    return {
        "RuleCondition": condition,
        "RuleLeaf": leaf,
        "RulePart": {"oneOf": [{"$ref": f"{refs}RuleLeaf"}, *inner, _not(*inner)]},
    }


def any_condition() -> Schema:
    """A condition on any field, for documents that know no brand."""
    operators = sorted({op for ops in OPERATORS.values() for op in ops})
    scalar: Schema = {"anyOf": [_TEXT, _INTEGER, {"type": "boolean"}]}
    listed = {"type": "array", "items": scalar, "minItems": 1, "maxItems": MOST_VALUES}
    return {
        "oneOf": [
            _condition({"type": "string"}, operators, {"anyOf": [scalar, listed]}),
            _condition({"type": "string"}, UNARY, None),
        ]
    }


def _groups(item: Schema) -> list[Schema]:
    return [
        {
            "type": "object",
            "required": [mode],
            "properties": {mode: {"type": "array", "items": item, "maxItems": MAX_CONDITIONS}},
            "additionalProperties": False,
        }
        for mode in ("all", "any")
    ]


def _not(*inner: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["not"],
        "properties": {"not": inner[0] if len(inner) == 1 else {"oneOf": list(inner)}},
        "additionalProperties": False,
    }


def _of_field(field: SegmentField) -> Schema:
    """Conditions on one field: its operators by what they take."""
    value = _VALUES[field.kind]
    named: Schema = {"const": field.key}
    single = [op for op in OPERATORS[field.kind] if op not in MANY and op != "between"]
    many = [op for op in OPERATORS[field.kind] if op in MANY]
    listed = {"type": "array", "items": value, "minItems": 1, "maxItems": MOST_VALUES}
    both = {"type": "array", "items": value, "minItems": 2, "maxItems": 2}
    ways = [
        _condition(named, ops, taken)
        for ops, taken in (
            (single, value),
            (many, listed),
            (["between"] if "between" in OPERATORS[field.kind] else [], both),
            (UNARY if field.is_optional else [], None),
        )
        if ops
    ]
    told: Schema = {"title": str(field.label), "x-kind": field.kind, "oneOf": ways}
    if field.unit or field.kind == "yuan":
        told["x-unit"] = "fen" if field.kind == "yuan" else str(field.unit)
    if field.index:
        told["x-index"] = field.index
    return told


def _condition(named: Schema, operators: Sequence[str], value: Schema | None) -> Schema:
    properties: Schema = {"field": named, "op": {"enum": list(operators)}}
    if value is not None:
        properties["value"] = value
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }
