"""What a chart shows, as plain data. How it is drawn is decided once, in the browser.

Money is given in fen and written in yuan there; every point may carry the address of its list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from django.utils.functional import Promise

Unit = Literal["count", "yuan", "bp"]


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line or set of bars; `is_reference` draws the period before: dashed and grey."""

    name: str | Promise
    values: Sequence[int | None]
    is_reference: bool = False
    is_area: bool = False


@dataclass(frozen=True, kw_only=True)
class AxisChart:
    """Lines or bars over shared categories (days, months, names)."""

    kind: Literal["line", "bar", "stacked", "horizontal"] = "line"
    categories: Sequence[str]
    series: Sequence[Series]
    unit: Unit = "count"
    hrefs: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str | Promise
    value: int
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class PartChart:
    """A funnel (steps in order) or a ring of parts of a whole."""

    kind: Literal["funnel", "pie"] = "funnel"
    parts: Sequence[Part]
    unit: Unit = "count"


@dataclass(frozen=True, kw_only=True)
class FlowLink:
    source: str
    target: str
    value: int


@dataclass(frozen=True, kw_only=True)
class FlowChart:
    """Moves between states (sankey)."""

    kind: Literal["sankey"] = "sankey"
    nodes: Sequence[str]
    links: Sequence[FlowLink]
    unit: Unit = "count"


@dataclass(frozen=True, kw_only=True)
class Branch:
    name: str
    value: int | None = None
    href: str = ""
    children: Sequence[Branch] = field(default_factory=tuple)


@dataclass(frozen=True, kw_only=True)
class TreeChart:
    kind: Literal["tree"] = "tree"
    root: Branch
    unit: Unit = "count"


@dataclass(frozen=True, kw_only=True)
class HeatChart:
    """A dense grid; small matrices read better as `heat_table`."""

    kind: Literal["heatmap"] = "heatmap"
    columns: Sequence[str]
    rows: Sequence[str]
    values: Sequence[Sequence[int]]
    unit: Unit = "count"


Chart = AxisChart | PartChart | FlowChart | TreeChart | HeatChart


def chart_data(chart: Chart) -> dict[str, object]:
    """The chart as JSON-ready data with translated names."""
    plain = _plain(asdict(chart))
    if not isinstance(plain, dict):
        raise TypeError(chart)
    return plain


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Promise) else value


def chart_table(chart: Chart) -> tuple[list[str], list[list[object]]]:
    """The same figures as a table, for people who cannot see the picture. Headings, then rows."""
    if isinstance(chart, AxisChart):
        rows: list[list[object]] = [
            [name, *(series.values[place] for series in chart.series)]
            for place, name in enumerate(chart.categories)
        ]
        return ["", *(str(series.name) for series in chart.series)], rows
    if isinstance(chart, PartChart):
        return ["", ""], [[str(part.name), part.value] for part in chart.parts]
    if isinstance(chart, FlowChart):
        return ["", "", ""], [[link.source, link.target, link.value] for link in chart.links]
    if isinstance(chart, HeatChart):
        grid = zip(chart.rows, chart.values, strict=True)
        return ["", *chart.columns], [[name, *values] for name, values in grid]
    return ["", ""], _branch_rows(chart.root)


def _branch_rows(branch: Branch) -> list[list[object]]:
    rows: list[list[object]] = [[branch.name, branch.value]]
    for child in branch.children:
        rows += _branch_rows(child)
    return rows
