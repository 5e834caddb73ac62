"""The tree of a corp's departments: what lies below, what above, and how a place in it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Names and parents by number. Whatever WeCom tells, a circle too, every walk ends."""

    names: Mapping[int, str]
    parents: Mapping[int, int]

    def below(self, numbers: Iterable[int]) -> frozenset[int]:
        """These departments and all that lie below them."""
        found = frozenset(numbers)
        while more := {one for one, over in self.parents.items() if over in found} - found:
            found |= more
        return found

    def above(self, number: int) -> list[int]:
        """The department and those it lies in, from the inside out."""
        found: list[int] = []
        while number in self.parents and number not in found:
            found.append(number)
            number = self.parents[number]
        return found

    def path(self, number: int) -> str:
        """As in 华东 / 上海店; the corp itself, which holds everything, is said only of itself."""
        steps = self.steps(number)
        return " / ".join(steps[1:] if len(steps) > 1 else steps)

    def steps(self, number: int) -> list[str]:
        """The names from the corp down; sorted by them, a department stands right above what it holds."""
        return [self.names[one] for one in reversed(self.above(number))]
