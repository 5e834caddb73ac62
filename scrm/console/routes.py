"""How a room's pages get their address: `@page(...)` next to the view, found when URLs are first needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise

from scrm.console.navigation import Item, item_register
from scrm.core.rooms import furniture_import
from scrm.tenants.flags import owner_on

if TYPE_CHECKING:
    from scrm.console.pages.base import ConsolePage

PageClass = TypeVar("PageClass", bound="type[ConsolePage]")


@dataclass(frozen=True, kw_only=True)
class Nav:
    """Where a page stands in the navigation; `label` falls back to the page's title."""

    section: str
    label: str | Promise | None = None
    order: int = 100
    badge: Callable[[Callable[[str], bool]], int] | None = None


@dataclass(frozen=True, kw_only=True)
class Route:
    address: str
    name: str
    view: type[ConsolePage]


_routes: dict[str, Route] = {}


def page(address: str, *, name: str, nav: Nav | None = None) -> Callable[[PageClass], PageClass]:
    """Give a page its address below the brand, e.g. `@page("members/list/", name="members-list")`."""

    def register(view: PageClass) -> PageClass:
        if name in _routes:
            raise ValueError(f"page registered twice: {name}")
        _routes[name] = Route(address=address, name=name, view=view)
        view.url_name = name
        if not view.nav_key:
            view.nav_key = name
        if nav is not None:
            item_register(
                Item(
                    key=name,
                    section=nav.section,
                    label=nav.label if nav.label is not None else view.title,
                    permission=view.permission,
                    order=nav.order,
                    badge=nav.badge,
                    module=view.__module__,
                )
            )
        return view

    return register


def routes_all() -> tuple[Route, ...]:
    """Every registered page, after looking for them in all installed apps."""
    pages_discover()
    return tuple(_routes.values())


def page_on(name: str) -> bool:
    """Whether a page's module is switched on for the active tenant."""
    route = _routes.get(name)
    return route is None or owner_on(route.view)


def page_open(name: str, may: Callable[[str], bool]) -> bool:
    """Whether somebody with these rights finds the page there; the shell's own pages are not judged."""
    route = _routes.get(name)
    wanted = "" if route is None else route.view.permission
    return page_on(name) and (not wanted or may(wanted))


def url_patterns() -> list[URLPattern]:
    # Fixed addresses first: `members/list/` is no member called "list".
    routes = sorted(routes_all(), key=lambda route: route.address.count("<"))
    return [path(route.address, route.view.as_view(), name=route.name) for route in routes]


def page_url(tenant_slug: str, name: str, **arguments: str | int) -> str:
    """The address of a page of one brand."""
    return reverse(f"console:{name}", kwargs={"tenant_slug": tenant_slug, **arguments})


def pages_discover() -> None:
    """Import every `panels` and `pages` module of every installed app of ours, once."""
    furniture_import(("panels", "pages"))
