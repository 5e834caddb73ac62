"""What operators watch: figures that rooms read from the database or Redis when somebody asks.

A room's `metrics.py` declares each figure once and registers a reader that yields samples. A reader runs
once per scrape, or once inside every tenant's scope; then the samples of one figure and label set are
added up, or the largest or smallest is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Sample = tuple[str, tuple[str, ...], float]
Reader = Callable[[], Iterable[Sample]]
Join = Literal["sum", "max", "min"]
_JOINS: dict[Join, Callable[[float, float], float]] = {
    "sum": lambda a, b: a + b,
    "max": max,
    "min": min,
}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A figure: its name, what it means, its labels, and how several tenants' samples become one."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    kind: Literal["gauge", "counter"] = "gauge"
    join: Join = "sum"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A reader, and whether it reads one tenant at a time."""

    name: str
    read: Reader
    per_tenant: bool


METRICS: dict[str, Metric] = {}
SOURCES: dict[str, Source] = {}


def metric_register(
    name: str,
    help: str,
    *,
    labels: tuple[str, ...] = (),
    kind: Literal["gauge", "counter"] = "gauge",
    join: Join = "sum",
) -> str:
    """Declare a figure and return its name."""
    if name in METRICS or not name.startswith("scrm_"):
        message = f"metric {name} is registered twice or does not begin with scrm_"
        raise ValueError(message)
    METRICS[name] = Metric(name=name, help=help, labels=labels, kind=kind, join=join)
    return name


def reader_register(name: str, read: Reader, *, per_tenant: bool) -> None:
    """Register who reads samples of declared figures."""
    if name in SOURCES:
        message = f"metrics reader {name} is registered twice"
        raise ValueError(message)
    SOURCES[name] = Source(name=name, read=read, per_tenant=per_tenant)


class Reading:
    """Samples of one scrape, joined as their figures say."""

    def __init__(self) -> None:
        self.values: dict[str, dict[tuple[str, ...], float]] = {name: {} for name in METRICS}

    def take(self, samples: Iterable[Sample]) -> None:
        """Add samples; one of an unknown figure or with other labels is a programming error."""
        for name, labels, value in samples:
            metric = METRICS[name]
            if len(labels) != len(metric.labels):
                message = f"{name} has labels {metric.labels}, not {labels}"
                raise ValueError(message)
            kept = self.values.setdefault(name, {})
            join = _JOINS[metric.join]
            kept[labels] = join(kept[labels], value) if labels in kept else value
