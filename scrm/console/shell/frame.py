"""What the frame needs to draw itself: brand, brands, navigation, preferences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse

from scrm.access.preferences import LOOKS, look_of
from scrm.console.gate import is_allowed
from scrm.console.navigation import VisibleSection, item_get, navigation_for
from scrm.console.routes import page_url

if TYPE_CHECKING:
    from django.http import HttpRequest

    from scrm.console.requests import ConsoleRequest


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """How a person likes the console to look: kept with the person, on a device nobody signed in at in cookies."""

    density: str
    rise: str

    @classmethod
    def of(cls, request: HttpRequest) -> Preferences:
        person = getattr(request, "operator", None)
        known = (
            person.preferences
            if person is not None
            else {key: request.COOKIES.get(f"console_{key}", "") for key in LOOKS}
        )
        return cls(density=look_of(known, "density"), rise=look_of(known, "rise"))


@dataclass(frozen=True, kw_only=True)
class BrandLink:
    name: str
    color: str
    url: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Everything around the page itself."""

    brand_name: str
    brand_color: str
    tenant_slug: str
    operator_name: str
    operator_email: str
    brands: tuple[BrandLink, ...]
    sections: tuple[VisibleSection, ...]
    preferences: Preferences
    home_url: str
    jobs_url: str
    search_url: str
    jobs_poll_url: str = ""
    notices_url: str = ""
    notices_menu_url: str = ""
    notices_count_url: str = ""


def frame_for(request: ConsoleRequest, *, nav_key: str) -> Frame:
    slug = request.tenant.slug
    sees_jobs = is_allowed(request.membership, "jobs.view")
    return Frame(
        brand_name=request.tenant.name,
        brand_color=request.tenant.color,
        tenant_slug=slug,
        operator_name=request.operator.name or request.operator.email,
        operator_email=request.operator.email,
        brands=tuple(
            BrandLink(
                name=place.tenant.name,
                color=place.tenant.color,
                url=_same_page(request, slug=place.tenant.slug, nav_key=nav_key),
                is_current=place.tenant.slug == slug,
            )
            for place in request.memberships
        ),
        sections=navigation_for(
            may=lambda permission: is_allowed(request.membership, permission),
            url=lambda name: page_url(slug, name),
            active=nav_key,
        ),
        preferences=Preferences.of(request),
        home_url=page_url(slug, "home"),
        jobs_url=page_url(slug, "jobs") if sees_jobs else "",
        jobs_poll_url=page_url(slug, "jobs-indicator") if sees_jobs else "",
        search_url=page_url(slug, "search"),
        notices_url=page_url(slug, "notices"),
        notices_menu_url=page_url(slug, "notices-menu"),
        notices_count_url=page_url(slug, "notices-count"),
    )


def _same_page(request: ConsoleRequest, *, slug: str, nav_key: str) -> str:
    """This page for another brand; a page about one object leads to its list instead."""
    match = request.resolver_match
    if match is not None and set(match.kwargs) == {"tenant_slug"} and match.view_name:
        return reverse(match.view_name, kwargs={"tenant_slug": slug})
    try:
        return page_url(slug, nav_key if item_get(nav_key) else "home")
    except NoReverseMatch:
        return page_url(slug, "home")
