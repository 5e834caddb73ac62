"""Small parts drawn without a template of their own, because lists draw hundreds of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from scrm.console.writing import bp_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrm.console.elements import Action, Delta

_ARROWS = {"up": "▲", "down": "▼", "flat": "＝"}


@lru_cache(maxsize=1)
def _sprite() -> str:
    return static("console/vendor/icons.svg")


def icon(name: str, *, size: str = "") -> SafeString:
    """One of the vendored outline icons; decoration, so hidden from readers."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        f" icon-{size}" if size else "",
        _sprite(),
        name,
    )


def _attributes(pairs: Sequence[tuple[str, str]]) -> SafeString:
    return format_html_join("", ' {}="{}"', [(key, value) for key, value in pairs if value])


def htmx_opens(href: str, opens: str) -> list[tuple[str, str]]:
    """Attributes that fetch an address into the drawer or the modal."""
    if opens not in {"drawer", "modal"}:
        return []
    return [("hx-get", href), ("hx-target", f"#{opens}-body"), ("hx-swap", "innerHTML")]


def button(
    label: str,
    *,
    href: str = "",
    icon_name: str = "",
    kind: str = "default",
    type: str = "button",
    opens: str = "page",
    name: str = "",
    value: str = "",
    posts_to: str = "",
    is_disabled: bool = False,
    is_icon_only: bool = False,
) -> SafeString:
    """A button, or a link that looks like one. Kinds: default, primary, danger, text.

    ``posts_to`` sends the document's one empty form to that address.
    """
    inner = format_html("{}", label)
    if icon_name:
        hidden = SafeString(' class="visually-hidden"') if is_icon_only else ""
        inner = format_html("{}<span{}>{}</span>", icon(icon_name), hidden, label)
    classes = f"button button-{kind}{' button-icon' if is_icon_only else ''}"
    extra = _attributes(htmx_opens(href, opens))
    if href:
        return format_html('<a class="{}" href="{}"{}>{}</a>', classes, href, extra, inner)
    pairs = [("name", name), ("value", value)]
    if posts_to:
        pairs += [("form", "acts"), ("formaction", posts_to)]
    return format_html(
        '<button class="{}" type="{}"{}{}>{}</button>',
        classes,
        type,
        _attributes(pairs),
        SafeString(" disabled") if is_disabled else "",
        inner,
    )


def action_button(action: Action, *, kind: str = "") -> SafeString:
    """An action as a button; acts that change something post the document's one form to their address."""
    kind = kind or (
        "danger" if action.is_danger else ("primary" if action.is_primary else "default")
    )
    if action.method == "get":
        return button(
            str(action.label),
            href=action.href,
            icon_name=action.icon,
            kind=kind,
            opens=action.opens,
        )
    return button(
        str(action.label), icon_name=action.icon, kind=kind, type="submit", posts_to=action.href
    )


def delta_html(delta: Delta) -> SafeString:
    """▲ 12.4 %: the arrow and the spoken word carry the meaning, the colour only helps."""
    spoken = {"up": _("上升"), "down": _("下降"), "flat": _("持平")}[delta.direction]
    return format_html(
        '<span class="delta delta-{}"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span> {}</span>',
        delta.direction,
        _ARROWS[delta.direction],
        spoken,
        delta.text,
    )


def meter_html(value_bp: int, label: str, *, tone: str = "") -> SafeString:
    """A share as a bar; the native element needs no inline style."""
    return format_html(
        '<progress class="meter{}" max="10000" value="{}" aria-label="{}">{}</progress>',
        f" meter-{tone}" if tone else "",
        max(0, min(value_bp, 10_000)),
        label,
        bp_text(value_bp),
    )


def spark_points(values: Sequence[int], *, width: int = 120, height: int = 24) -> str:
    """Points of a small line, scaled to its own range."""
    if len(values) < 2:  # noqa: PLR2004 - one point is no line
        return ""
    low, high = min(values), max(values)
    span = max(high - low, 1)
    last = len(values) - 1
    pad = 2
    return " ".join(
        f"{place * width // last},{height - pad - (value - low) * (height - 2 * pad) // span}"
        for place, value in enumerate(values)
    )


def heat_level(value: int, largest: int) -> int:
    """Shade 0…9 by the square root of the share, so that one big cell does not whiten the rest."""
    if value <= 0 or largest <= 0:
        return 0
    level = 1
    while level < 9 and value * 81 > largest * level * level:  # noqa: PLR2004
        level += 1
    return level
