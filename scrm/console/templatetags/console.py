"""The kit's template tags: `{% load console %}`. Every one is shown in every state on /console/kit/."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from scrm.console import writing
from scrm.console.charts import Chart, chart_data, chart_table
from scrm.console.columns import Table, avatar_html, person_html, status_html, tag_html
from scrm.console.components import basic
from scrm.console.components.forms import DrawnField, field_drawn, fields_drawn
from scrm.console.elements import (
    Action,
    Badge,
    Bubble,
    Delta,
    HeatRow,
    JobProgress,
    Kpi,
    Person,
    Step,
    TimelineEntry,
    Tone,
    TreeNode,
)
from scrm.console.routes import page_url as page_address

if TYPE_CHECKING:
    from django import forms
    from django.forms.boundfield import BoundField
    from django.template.context import RequestContext

register = template.Library()


# -- small parts ----------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    return basic.icon(name, size=size)


@register.simple_tag
def button(
    label: str,
    *,
    href: str = "",
    icon: str = "",
    kind: str = "default",
    type: str = "button",
    opens: str = "page",
    name: str = "",
    value: str = "",
    disabled: bool = False,
    icon_only: bool = False,
) -> SafeString:
    """`{% button _("导出") href=… icon="download" kind="primary" opens="drawer" %}`"""
    return basic.button(
        label,
        href=href,
        icon_name=icon,
        kind=kind,
        type=type,
        opens=opens,
        name=name,
        value=value,
        is_disabled=disabled,
        is_icon_only=icon_only,
    )


@register.simple_tag(takes_context=True)
def action(context: RequestContext, action: Action, kind: str = "") -> SafeString:
    """An `Action` as a button."""
    return basic.action_button(action, csrf_token=str(context.get("csrf_token", "")), kind=kind)


@register.simple_tag
def tag(text: str | Badge, tone: Tone = "neutral") -> SafeString:
    return tag_html(text if isinstance(text, Badge) else Badge(text, tone))


@register.simple_tag
def status(text: str | Badge, tone: Tone = "neutral") -> SafeString:
    return status_html(text if isinstance(text, Badge) else Badge(text, tone))


@register.simple_tag
def avatar(name: str) -> SafeString:
    return avatar_html(name)


@register.simple_tag
def person(name: str, note: str = "") -> SafeString:
    return person_html(Person(name=name, note=note))


@register.simple_tag
def delta(value: Delta) -> SafeString:
    return basic.delta_html(value)


@register.simple_tag
def meter(value_bp: int, label: str, tone: str = "") -> SafeString:
    return basic.meter_html(value_bp, label, tone=tone)


@register.inclusion_tag("console/kit/chip.html")
def chip(label: str, text: str, remove_url: str = "") -> dict[str, object]:
    return {"label": label, "text": text, "remove_url": remove_url}


@register.simple_tag(takes_context=True)
def page_url(context: RequestContext, name: str, **arguments: str | int) -> str:
    """`{% page_url "members-detail" member_id=row.public_id %}`: a page of the current brand."""
    return page_address(context["request"].tenant.slug, name, **arguments)


# -- containers -----------------------------------------------------------------------------------


@register.simple_block_tag
def card(
    content: str,
    *,
    title: str = "",
    note: str = "",
    href: str = "",
    link: str = "",
    flush: bool = False,
    id: str = "",
    level: int = 2,
) -> SafeString:
    """`{% card title=_("GMV 趋势") note=… href=… link=_("查看全部") %}…{% endcard %}`; flush: no padding."""
    return _render(
        "card",
        content=content,
        title=title,
        note=note,
        href=href,
        link=link,
        flush=flush,
        id=id,
        heading=f"h{level}",
    )


@register.simple_block_tag
def alert(content: str, *, tone: str = "info", title: str = "") -> SafeString:
    """Tones: info, good, warn, bad."""
    return _render("alert", content=content, tone=tone, title=title)


@register.simple_block_tag
def drawer(content: str, *, id: str, title: str) -> SafeString:
    """A drawer already in the page; open it with `data-dialog-open="id"`."""
    return _render("dialog", content=content, id=id, title=title, shape="drawer")


@register.simple_block_tag
def modal(content: str, *, id: str, title: str) -> SafeString:
    return _render("dialog", content=content, id=id, title=title, shape="modal")


@register.simple_block_tag
def phone_preview(
    content: str, *, title: str = "", bubbles: Sequence[Bubble] = (), id: str = ""
) -> SafeString:
    """What the customer sees; give `bubbles`, or draw inside the block."""
    return _render("phone_preview", content=content, title=title, bubbles=bubbles, id=id)


@register.simple_block_tag(takes_context=True)
def page_header(context: RequestContext, content: str, *, page: Any = None) -> SafeString:
    """Crumbs, h1, sub line and actions of the page; the block holds more controls (range, compare)."""
    return _render(
        "page_header",
        page=page if page is not None else context["page"],
        content=content,
        csrf_token=context.get("csrf_token", ""),
    )


@register.simple_tag(takes_context=True)
def panel(context: RequestContext, template_name: str, values: Mapping[str, object]) -> SafeString:
    """A template of another app with its own values, e.g. a member panel."""
    request = context.get("request")
    shared = {"page": context.get("page"), "csrf_token": context.get("csrf_token", "")}
    return mark_safe(render_to_string(template_name, {**shared, **values}, request))  # noqa: S308


# -- data -----------------------------------------------------------------------------------------


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


# -- states ---------------------------------------------------------------------------------------


@register.inclusion_tag("console/kit/empty.html")
def empty(
    title: str, text: str = "", icon: str = "inbox", action: Action | None = None
) -> dict[str, object]:
    return {"title": title, "text": text, "icon": icon, "action": action}


@register.inclusion_tag("console/kit/skeleton.html")
def skeleton(rows: int = 3) -> dict[str, object]:
    return {"rows": range(rows)}


@register.inclusion_tag("console/kit/job_progress.html")
def job_progress(job: JobProgress) -> dict[str, object]:
    """A bar with done, failed and time left; polls itself while the job runs."""
    shown = job.done + job.failed
    share = 10_000 if job.state == "done" else None
    if share is None and job.total:
        share = min(10_000, shown * 10_000 // job.total)
    left = writing.duration_text(job.seconds_left) if job.seconds_left is not None else ""
    return {
        "job": job,
        "share": share,
        "left": left,
        "is_live": job.state in {"waiting", "running"},
    }


# -- lists and forms ------------------------------------------------------------------------------


@register.inclusion_tag("console/kit/filter_bar.html")
def filter_bar(page: Any) -> dict[str, object]:
    controls = page.controls()
    return {
        "page": page,
        "controls": [control for control in controls if not control.filter.is_more],
        "more": [control for control in controls if control.filter.is_more],
        "more_count": sum(control.chosen for control in controls if control.filter.is_more),
    }


@register.inclusion_tag("console/kit/pager.html")
def pager(page: Any) -> dict[str, object]:
    return {"page": page}


@register.inclusion_tag("console/kit/bulk_bar.html")
def bulk_bar(page: Any) -> dict[str, object]:
    actions = [(act, page.bulk_url(act)) for act in page.visible_bulk_actions()]
    return {"page": page, "actions": actions}


@register.inclusion_tag("console/kit/tabs.html")
def tabs(items: Sequence[Any]) -> dict[str, object]:
    return {"items": items}


@register.inclusion_tag("console/kit/field.html")
def field(bound: BoundField) -> dict[str, DrawnField]:
    return {"field": field_drawn(bound)}


@register.inclusion_tag("console/kit/form_fields.html")
def form_fields(form: forms.BaseForm) -> dict[str, object]:
    """Every field of a form, its hidden inputs, and what is wrong with the form as a whole."""
    return {"form": form, "fields": fields_drawn(form)}


@register.inclusion_tag("console/kit/toasts.html")
def toast_area(toasts: Sequence[dict[str, str]] = ()) -> dict[str, object]:
    return {"toasts": toasts}


def _render(name: str, **context: object) -> SafeString:
    return mark_safe(render_to_string(f"console/kit/{name}.html", context))  # noqa: S308 - our own template


# -- filters --------------------------------------------------------------------------------------

register.filter("yuan", writing.yuan)
register.filter("yuan_whole", writing.yuan_whole)
register.filter("compact", writing.compact)
register.filter("bp", writing.bp_text)
register.filter("thousands", writing.thousands)
register.filter("masked_phone", writing.phone_masked)
register.filter("local_date", writing.date_text)
register.filter("local_datetime", writing.datetime_text)
