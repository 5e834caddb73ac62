"""Tags for figures, tables, stories and charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from scrm.console import writing
from scrm.console.charts import Chart, chart_data, chart_table
from scrm.console.columns import Table
from scrm.console.components import basic
from scrm.console.elements import (
    HeatRow,
    Kpi,
    Step,
    TimelineEntry,
    TreeNode,
)

if TYPE_CHECKING:
    pass


from scrm.console.components.library import register


@register.inclusion_tag("console/kit/kpi.html")
def kpi(item: Kpi) -> dict[str, object]:
    return {"kpi": item, "points": basic.spark_points(item.spark)}


@register.inclusion_tag("console/kit/kpi_strip.html")
def kpi_strip(items: Sequence[Kpi]) -> dict[str, object]:
    return {"items": items}


@register.inclusion_tag("console/kit/data_table.html")
def data_table(table: Table) -> dict[str, object]:
    return {"table": table}


@register.inclusion_tag("console/kit/heat_table.html")
def heat_table(
    rows: Sequence[HeatRow],
    *,
    columns: Sequence[str],
    caption: str,
    row_axis: str = "",
    column_axis: str = "",
) -> dict[str, object]:
    largest = max((cell.value for row in rows for cell in row.cells), default=0)
    shaded = [
        (row.label, [(cell, basic.heat_level(cell.value, largest)) for cell in row.cells])
        for row in rows
    ]
    return {
        "rows": shaded,
        "columns": columns,
        "caption": caption,
        "row_axis": row_axis,
        "column_axis": column_axis,
    }


@register.inclusion_tag("console/kit/bar_list.html")
def bar_list(parts: Iterable[Any], *, label: str) -> dict[str, object]:
    """`charts.Part`s as bars with figure and step rate: small funnels without a chart library."""
    listed = list(parts)
    largest = max((part.value for part in listed), default=0)
    rows = []
    for place, part in enumerate(listed):
        before = listed[place - 1].value if place else 0
        share = part.value * 10_000 // largest if largest else 0
        rate = (part.value * 10_000 // before) if before else None
        rows.append((part, share, rate))
    return {"rows": rows, "label": label}


@register.inclusion_tag("console/kit/timeline.html")
def timeline(entries: Sequence[TimelineEntry], more_url: str = "") -> dict[str, object]:
    """Entries newest first, grouped by the brand's day; `more_url` is fetched and appended."""
    days = [(day, list(group)) for day, group in groupby(entries, key=_day)]
    return {"days": days, "more_url": more_url}


def _day(entry: TimelineEntry) -> str:
    return writing.date_text(entry.at)


@register.inclusion_tag("console/kit/descriptions.html")
def descriptions(pairs: Iterable[tuple[str, object]], columns: int = 1) -> dict[str, object]:
    """Label and value pairs; a value may be written HTML."""
    return {"pairs": pairs, "columns": columns}


@register.inclusion_tag("console/kit/steps.html")
def steps(items: Sequence[Step], active: str) -> dict[str, object]:
    keys = [step.key for step in items]
    place = keys.index(active) if active in keys else len(keys)
    return {"items": [(step, index, _moment(index, place)) for index, step in enumerate(items, 1)]}


def _moment(index: int, place: int) -> str:
    if index - 1 < place:
        return "done"
    return "now" if index - 1 == place else "later"


@register.inclusion_tag("console/kit/tree.html")
def tree(nodes: Sequence[TreeNode], label: str) -> dict[str, object]:
    return {"nodes": nodes, "label": label}


@register.inclusion_tag("console/kit/chart.html")
def chart(value: Chart, *, id: str, label: str, size: str = "") -> dict[str, object]:
    """Sizes: small 160 px, empty 280 px, large 420 px. The figures stand beside it as a hidden table."""
    headings, rows = chart_table(value)
    return {
        "data_id": f"{id}-data",
        "label": label,
        "size": size,
        "data": chart_data(value),
        "headings": headings,
        "rows": rows,
    }
