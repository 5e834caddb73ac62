"""Tags for small parts and for boxes around content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from scrm.console.columns import avatar_html, person_html, status_html, tag_html
from scrm.console.components import basic
from scrm.console.elements import (
    Action,
    Badge,
    Bubble,
    Delta,
    Person,
    Tone,
)
from scrm.console.routes import page_url as page_address

if TYPE_CHECKING:
    from django.template.context import RequestContext


from scrm.console.components.library import drawn, register


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


@register.simple_tag
def action(action: Action, kind: str = "") -> SafeString:
    """An `Action` as a button."""
    return basic.action_button(action, kind=kind)


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
    return drawn(
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
    return drawn("alert", content=content, tone=tone, title=title)


@register.simple_block_tag
def drawer(content: str, *, id: str, title: str) -> SafeString:
    """A drawer already in the page; open it with `data-dialog-open="id"`."""
    return drawn("dialog", content=content, id=id, title=title, shape="drawer")


@register.simple_block_tag
def modal(content: str, *, id: str, title: str) -> SafeString:
    return drawn("dialog", content=content, id=id, title=title, shape="modal")


@register.simple_block_tag
def phone_preview(
    content: str, *, title: str = "", bubbles: Sequence[Bubble] = (), id: str = ""
) -> SafeString:
    """What the customer sees; give `bubbles`, or draw inside the block."""
    return drawn("phone_preview", content=content, title=title, bubbles=bubbles, id=id)


@register.simple_block_tag(takes_context=True)
def page_header(context: RequestContext, content: str, *, page: Any = None) -> SafeString:
    """Crumbs, h1, sub line and actions of the page; the block holds more controls (range, compare)."""
    return drawn(
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


@register.filter
def may(page: Any, permission: str) -> bool:
    """`{% if page|may:"members.erase" %}`: whether whoever looks may do that."""
    return bool(page.may(permission))


@register.inclusion_tag("console/kit/segmented.html")
def segmented(items: Iterable[tuple[str, str, bool]], *, label: str) -> dict[str, object]:
    """A few choices side by side (7 天 / 30 天): text, address, whether it is the present one."""
    return {"items": items, "label": label}
