"""The one tag library that all parts of the kit register themselves in."""

from __future__ import annotations

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


def drawn(name: str, **context: object) -> SafeString:
    """One of the kit's own templates, rendered."""
    return mark_safe(render_to_string(f"console/kit/{name}.html", context))  # noqa: S308 - escapes itself
