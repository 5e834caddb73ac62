"""A rule as set algebra: which sets it needs, and how they are joined."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Literal

from django.db.models import Q
from pyroaring import BitMap64

from members.segments.compiler import POSITIVE
from members.segments.dirty import PERSON
from members.segments.fields import SegmentField, field_get
from members.segments.rules import Condition, Group, Node, Not, rule_json
from scrm.tenants.context import current_tenant


@dataclass(frozen=True, kw_only=True)
class Atom:
    """A condition whose members are kept as one set; ``is_dated`` when they change with the day."""

    key: str
    grp: str
    condition: Condition | None = None
    is_dated: bool = False
    # Sets that no condition of a rule names: what a panel shows of everybody.
    narrowed: Q = field(default_factory=Q, compare=False)


EVERYBODY = Atom(key="everybody", grp=PERSON)
WITH_PHONE = Atom(key="with-phone", grp=PERSON, narrowed=~Q(phone_tail=""))


class NoSets(Exception):
    """A field of the rule keeps nothing in sets."""


@dataclass(frozen=True)
class Leaf:
    """The members of a set."""

    atom: Atom


@dataclass(frozen=True)
class Join:
    """Members of all the parts, or of any; of no parts, everybody or nobody."""

    mode: Literal["all", "any"]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Other:
    """Everybody else."""

    part: Part


Part = Leaf | Join | Other


def part_of(node: Node) -> Part:
    """The algebra of a checked rule; NoSets if it cannot be answered so."""
    if isinstance(node, Not):
        return Other(part_of(node.node))
    if isinstance(node, Group):
        return Join(node.mode, tuple(part_of(each) for each in node.nodes))
    op, inverted = POSITIVE.get(node.op, (node.op, False))
    found = _positive(Condition(node.field, op, node.value))
    return Other(found) if inverted else found


def _positive(condition: Condition) -> Part:
    asked = field_get(condition.field)
    if not asked.dirty:
        raise NoSets
    if asked.kind == "words" and condition.op in {"has_any", "has_all"}:
        # One set per word, whatever company it is asked for in. A word that became another keeps its name here:
        # whoever joins words drops the group's sets.
        values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        words = tuple(
            Leaf(_atom(asked, Condition(asked.key, "has_any", (value,))))
            for value in sorted({str(value) for value in values})
        )
        return Join("any" if condition.op == "has_any" else "all", words)
    return Leaf(_atom(asked, condition))


def _atom(asked: SegmentField, condition: Condition) -> Atom:
    value = condition.value
    if condition.op == "in" and isinstance(value, tuple):
        condition = Condition(asked.key, "in", tuple(sorted(set(value), key=str)))
    named = json.dumps(rule_json(condition), sort_keys=True, ensure_ascii=False)
    if asked.is_moment:  # days begin and end where the brand is
        named += current_tenant().timezone
    return Atom(
        key=hashlib.sha256(named.encode()).hexdigest(),
        grp=asked.dirty,
        condition=condition,
        is_dated=asked.kind == "days" and condition.op != "is_set",
    )


def atoms_of(part: Part) -> Iterator[Atom]:
    """Every set that the algebra names."""
    if isinstance(part, Leaf):
        yield part.atom
    elif isinstance(part, Other):
        yield from atoms_of(part.part)
    else:
        for each in part.parts:
            yield from atoms_of(each)


@dataclass(frozen=True)
class Found:
    """Members, or everybody but these."""

    members: BitMap64
    is_rest: bool = False


def is_rest(part: Part) -> bool:
    """Whether the answer is told as everybody but some."""
    if isinstance(part, Leaf):
        return False
    if isinstance(part, Other):
        return not is_rest(part.part)
    signs = [is_rest(each) for each in part.parts]
    return all(signs) if part.mode == "all" else any(signs)


def answer(part: Part, sets: Mapping[str, BitMap64]) -> Found:
    """Who that is, by sets; nobody is counted twice and nothing is read of anybody else."""
    if isinstance(part, Leaf):
        return Found(sets[part.atom.key])
    if isinstance(part, Other):
        found = answer(part.part, sets)
        return Found(found.members, not found.is_rest)
    parts = [answer(each, sets) for each in part.parts]
    if part.mode == "all":
        return _both(parts)
    # Any of them is: not (none of them).
    turned = _both([Found(each.members, not each.is_rest) for each in parts])
    return Found(turned.members, not turned.is_rest)


def _both(parts: Iterable[Found]) -> Found:
    wanted = sorted((each.members for each in parts if not each.is_rest), key=len)
    spared = [each.members for each in parts if each.is_rest]
    if not wanted:
        return Found(reduce(BitMap64.union, spared, BitMap64()), is_rest=True)
    found = reduce(BitMap64.intersection, wanted)
    return Found(reduce(BitMap64.difference, spared, found))
