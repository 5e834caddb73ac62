"""The shape of a rule: groups of conditions, one group inside another at most.

``{"all": [{"field": "orders.net", "op": "gte", "value": 10000}, {"not": {...}}, {"any": [...]}]}``
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scrm.core.errors import DomainError, ErrorKind

MAX_DEPTH = 2
MAX_CONDITIONS = 50
# Whether anything is known at all: these take no value.
UNARY = ("is_set", "not_set")

Mode = Literal["all", "any"]
Scalar = str | int | bool
Value = Scalar | tuple[Scalar, ...]


class InvalidRule(DomainError):
    """The rule of a segment cannot be understood; the pointer says where."""

    code = "invalid_rule"
    kind = ErrorKind.REJECTED


@dataclass(frozen=True)
class Condition:
    """One field compared with one value; several values mean any of them, or both ends of a range."""

    field: str
    op: str
    value: Value


@dataclass(frozen=True)
class Not:
    """Whoever does not fulfil what is inside; somebody of whom nothing is known does not fulfil it."""

    node: Node


@dataclass(frozen=True)
class Group:
    """All or any of the parts; an empty group of `all` is everybody, of `any` nobody."""

    mode: Mode
    nodes: tuple[Node, ...]


Node = Condition | Not | Group


def rule_loads(text: str) -> object:
    """The JSON value of a text that somebody typed or sent; InvalidRule if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRule("the rule is not JSON", pointer="/rule") from error


def rule_parse(data: object) -> Group:
    """The rule of a JSON value; InvalidRule with a pointer into it otherwise. Fields are not looked up here."""
    is_group = isinstance(data, dict) and set(data) in ({"all"}, {"any"})
    # What is no group gets one around it, and must still be a rule then.
    node = _node(data, "/rule", depth=0 if is_group else 1)
    rule = node if isinstance(node, Group) else Group("all", (node,))
    if sum(1 for _condition in conditions(rule)) > MAX_CONDITIONS:
        raise InvalidRule("a rule has at most 50 conditions", pointer="/rule")
    return rule


def _node(data: object, pointer: str, *, depth: int) -> Node:
    if not isinstance(data, dict):
        raise InvalidRule("a rule is an object", pointer=pointer)
    if set(data) == {"not"}:
        if isinstance(data["not"], dict) and set(data["not"]) == {"not"}:
            raise InvalidRule("not of not says nothing", pointer=f"{pointer}/not")
        return Not(_node(data["not"], f"{pointer}/not", depth=depth))
    for mode in ("all", "any"):
        if set(data) == {mode}:
            return _group(
                "all" if mode == "all" else "any", data[mode], f"{pointer}/{mode}", depth=depth + 1
            )
    if set(data) == {"field", "op", "value"}:
        return _condition(data, pointer)
    if set(data) == {"field", "op"} and data["op"] in UNARY:
        return _condition({**data, "value": True}, pointer)
    raise InvalidRule("expected all, any, not, or field with op and value", pointer=pointer)


def _group(mode: Mode, data: object, pointer: str, *, depth: int) -> Group:
    if depth > MAX_DEPTH:
        raise InvalidRule("groups nest two deep at most", pointer=pointer)
    if not isinstance(data, list):
        raise InvalidRule("a group is a list", pointer=pointer)
    if len(data) > MAX_CONDITIONS:
        raise InvalidRule("a rule has at most 50 conditions", pointer=pointer)
    return Group(
        mode,
        tuple(_node(item, f"{pointer}/{place}", depth=depth) for place, item in enumerate(data)),
    )


def _condition(data: dict[str, object], pointer: str) -> Condition:
    field, op, value = data["field"], data["op"], data["value"]
    if not isinstance(field, str) or not isinstance(op, str):
        raise InvalidRule("field and op are words", pointer=pointer)
    if isinstance(value, list):
        if not all(isinstance(item, (str, int)) for item in value):
            raise InvalidRule("values are words, integers or booleans", pointer=f"{pointer}/value")
        return Condition(field, op, tuple(value))
    if not isinstance(value, (str, int)):
        raise InvalidRule("values are words, integers or booleans", pointer=f"{pointer}/value")
    return Condition(field, op, value)


def conditions(node: Node) -> Iterator[Condition]:
    """Every condition in a rule, left to right."""
    if isinstance(node, Condition):
        yield node
    elif isinstance(node, Not):
        yield from conditions(node.node)
    else:
        for part in node.nodes:
            yield from conditions(part)


def rule_json(node: Node) -> dict[str, object]:
    """The rule as it is stored; `rule_parse` gives the same rule back."""
    if isinstance(node, Condition):
        if node.op in UNARY:
            return {"field": node.field, "op": node.op}
        value = list(node.value) if isinstance(node.value, tuple) else node.value
        return {"field": node.field, "op": node.op, "value": value}
    if isinstance(node, Not):
        return {"not": rule_json(node.node)}
    return {node.mode: [rule_json(part) for part in node.nodes]}
