"""The console's left-hand navigation: nine fixed headings, filled by whoever owns a page.

An app registers its items next to its pages; the console never names an app. An item shows only to
people who may open it, and a heading without a visible item does not show at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scrm.tenants.flags import module_on


@dataclass(frozen=True, kw_only=True)
class Section:
    """One heading. A section at the foot stands below the line and is itself the link."""

    key: str
    label: str | Promise
    icon: str
    is_foot: bool = False


@dataclass(frozen=True, kw_only=True)
class Item:
    """One page in the navigation. `badge` counts to-dos, fetched after the page; it runs inside the tenant's
    scope and is given the same question of rights as the navigation, so that it need not read them again."""

    key: str
    section: str
    label: str | Promise
    permission: str
    order: int = 100
    badge: Callable[[Callable[[str], bool]], int] | None = None
    # The Python module of the page: while its module is switched off the item is not there.
    module: str = ""


SECTIONS: tuple[Section, ...] = (
    Section(key="analytics", label=_("数据分析"), icon="clipboard-data"),
    Section(key="members", label=_("会员体系"), icon="users"),
    Section(key="tags", label=_("用户标签"), icon="tag"),
    Section(key="marketing", label=_("营销变现"), icon="send"),
    Section(key="communities", label=_("社群定位"), icon="users-group"),
    Section(key="content", label=_("内容运营"), icon="photo"),
    Section(key="fission", label=_("用户裂变"), icon="affiliate"),
    Section(key="persona", label=_("IP打造"), icon="mood-smile"),
    Section(key="acquisition", label=_("精准引流"), icon="map-pin"),
    Section(key="settings", label=_("品牌设置"), icon="settings", is_foot=True),
    Section(key="audit", label=_("审计日志"), icon="history", is_foot=True),
)

_SECTION_KEYS = frozenset(section.key for section in SECTIONS)
_items: dict[str, Item] = {}


def item_register(item: Item) -> None:
    """Add one page to the navigation; `item.key` is the page's URL name without the namespace."""
    if item.section not in _SECTION_KEYS:
        raise ValueError(f"unknown navigation section: {item.section}")
    known = _items.get(item.key)
    if known is not None and known != item:
        raise ValueError(f"navigation item registered twice: {item.key}")
    _items[item.key] = item


def item_get(key: str) -> Item | None:
    return _items.get(key)


def items_on() -> list[Item]:
    """The items whose module is switched on for the active tenant, in the order they are shown."""
    return [item for item in items_all() if module_on(item.module)]


def items_all() -> Iterable[Item]:
    """Every registered item in the order it is shown."""
    places = {section.key: place for place, section in enumerate(SECTIONS)}
    return sorted(_items.values(), key=lambda item: (places[item.section], item.order, item.key))


@dataclass(frozen=True, kw_only=True)
class VisibleItem:
    key: str
    label: str
    url: str
    is_active: bool
    # None: nothing is counted; else what is known so far.
    badge: int | None


@dataclass(frozen=True, kw_only=True)
class VisibleSection:
    key: str
    label: str
    icon: str
    is_foot: bool
    is_open: bool
    badge: int | None
    items: tuple[VisibleItem, ...]


def is_shown(item: Item, may: Callable[[str], bool]) -> bool:
    """Whether somebody with these rights sees the item."""
    return not item.permission or may(item.permission)


def badges_for(may: Callable[[str], bool]) -> dict[str, int]:
    """What each counted item, and by ``section-<key>`` each heading, has to do for one person."""
    found: dict[str, int] = {}
    for item in items_on():
        if item.badge is not None and is_shown(item, may):
            count = item.badge(may)
            found[item.key] = count
            heading = f"section-{item.section}"
            found[heading] = found.get(heading, 0) + count
    return found


def navigation_for(
    *, may: Callable[[str], bool], url: Callable[[str], str], active: str
) -> tuple[VisibleSection, ...]:
    """The headings and items one person sees; `active` is the key of the page being shown."""
    sections, shown = [], items_on()
    for section in SECTIONS:
        items = tuple(
            VisibleItem(
                key=item.key,
                label=str(item.label),
                url=url(item.key),
                is_active=item.key == active,
                badge=None if item.badge is None else 0,
            )
            for item in shown
            if item.section == section.key and is_shown(item, may)
        )
        if items:
            sections.append(
                VisibleSection(
                    key=section.key,
                    label=str(section.label),
                    icon=section.icon,
                    is_foot=section.is_foot,
                    is_open=any(item.is_active for item in items),
                    badge=0 if any(item.badge is not None for item in items) else None,
                    items=items,
                )
            )
    return tuple(sections)
