"""Tags for states, lists and forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from scrm.console import writing
from scrm.console.components.forms import DrawnField, field_drawn, fields_drawn
from scrm.console.elements import (
    Action,
    JobProgress,
)

if TYPE_CHECKING:
    from django import forms
    from django.forms.boundfield import BoundField


from scrm.console.components.library import register


@register.inclusion_tag("console/kit/empty.html")
def empty(
    title: str, text: str = "", icon: str = "inbox", action: Action | None = None
) -> dict[str, object]:
    return {"title": title, "text": text, "icon": icon, "action": action}


@register.inclusion_tag("console/kit/skeleton.html")
def skeleton(rows: int = 3, shape: str = "rows") -> dict[str, object]:
    """Shows after 300 ms. Shapes: rows, figures, chart, people."""
    return {"rows": range(rows), "shape": shape}


@register.inclusion_tag("console/kit/empty.html")
def denied(label: str = "") -> dict[str, object]:
    """A panel this person may not see; `label` names the permission."""
    told = _("需要“%(label)s”权限，请联系品牌管理员。") % {"label": label} if label else ""
    return {"title": _("没有权限"), "text": told, "icon": "lock", "action": None}


@register.inclusion_tag("console/kit/fetch_failed.html")
def fetch_failed(told: str) -> dict[str, object]:
    """What stands where a part could not be fetched; the console's script puts it there by itself."""
    return {"told": told}


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
    actions = [
        (act, page.bulk_url(act), page.bulk_all_url(act)) for act in page.visible_bulk_actions()
    ]
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
