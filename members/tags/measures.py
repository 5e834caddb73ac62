"""What computed tags are made of: measures over members, and algorithms that name members themselves.

A room that owns figures registers a measure in its furniture::

    tag_measure_register(TagMeasure(
        key="spend_30", label=_("近 30 天消费"), kind="yuan", fields=frozenset({"orders"}),
        sql="SELECT o.member_id, sum(...) AS value FROM ... WHERE o.tenant_id = %(tenant)s GROUP BY 1",
    ))

The statement answers (member_id, value) for the members it knows something of, each once. It may use
``tenant``, ``zone``, ``day`` (the local day), ``after`` (the local day before the 30 that end with it), and
``start`` and ``end`` (the instants that bound those 30 days, N-24).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.utils.functional import Promise

Text = str | Promise
# number: an integer · yuan: integer fen · choice: a word · flag: whoever is named has it
MeasureKind = Literal["number", "yuan", "choice", "flag"]


@dataclass(frozen=True, kw_only=True)
class TagMeasure:
    """A figure or a word per member. ``fields``: parts of rule fields whose facts change it at once."""

    key: str
    label: Text
    kind: MeasureKind
    sql: str
    unit: Text = ""
    choices: Sequence[tuple[str, Text]] = ()
    fields: frozenset[str] = frozenset()
    order: int = 100

    @property
    def has_number(self) -> bool:
        return self.kind in {"number", "yuan"}


@dataclass(frozen=True, kw_only=True)
class TagAlgorithm:
    """A model that says who wears a tag on a day: (member key, figure or None), each member once."""

    key: str
    label: Text
    model_version: str
    run: Callable[[date], Iterable[tuple[int, int | None]]]


MEASURES: dict[str, TagMeasure] = {}
ALGORITHMS: dict[str, TagAlgorithm] = {}


def tag_measure_register(measure: TagMeasure) -> None:
    """Declare a measure; a key may be declared once."""
    if MEASURES.setdefault(measure.key, measure) is not measure:
        message = f"tag measure {measure.key} is registered twice"
        raise ValueError(message)


def tag_algorithm_register(algorithm: TagAlgorithm) -> None:
    """Declare an algorithm; a key may be declared once."""
    if ALGORITHMS.setdefault(algorithm.key, algorithm) is not algorithm:
        message = f"tag algorithm {algorithm.key} is registered twice"
        raise ValueError(message)


def measures_listed() -> list[TagMeasure]:
    """Every measure as pickers show them."""
    return sorted(MEASURES.values(), key=lambda measure: (measure.order, measure.key))
