"""How a room's endpoints get their address; rooms are found when URLs are first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, path

from scrm.access.keys import API_SCOPES
from scrm.access.permissions import PERMISSIONS
from scrm.api.auth import scope_of
from scrm.api.operations import operation_of
from scrm.api.views import ApiView
from scrm.core.rooms import furniture_import

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, kw_only=True)
class ApiRoute:
    """One address below /api/v1/."""

    address: str
    name: str
    view: type[ApiView]

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods the view answers, in upper case."""
        return tuple(method.upper() for method in METHODS if hasattr(self.view, method))


_routes: dict[str, ApiRoute] = {}


def route_register(address: str, view: type[ApiView], name: str) -> None:
    """Give a view its address, e.g. ``route_register("orders/<str:public_id>", OrderDetail, "order")``."""
    known = _routes.get(name)
    if known is not None and (known.address, known.view) != (address, view):
        message = f"API route {name} is registered twice"
        raise ImproperlyConfigured(message)
    if address.startswith("/") or address.endswith("/"):
        message = f"API address {address} must neither begin nor end with a slash"
        raise ImproperlyConfigured(message)
    _routes[name] = ApiRoute(address=address, name=name, view=view)
    _check(_routes[name])


def routes_all() -> tuple[ApiRoute, ...]:
    """Every registered endpoint, after looking for ``api.py`` in all installed apps."""
    _discover()
    return tuple(sorted(_routes.values(), key=lambda route: (route.address, route.name)))


def url_patterns() -> list[URLPattern]:
    """What scrm.urls hangs below /api/v1/; fixed words win over placeholders."""
    ordered = sorted(routes_all(), key=lambda route: (route.address.count("<"), route.address))
    return [path(route.address, route.view.as_view(), name=route.name) for route in ordered]


@lru_cache(maxsize=1)
def _discover() -> None:
    furniture_import(("api",))


def _check(route: ApiRoute) -> None:
    for method in route.methods:
        if operation_of(getattr(route.view, method.lower())) is None:
            message = f"{route.view.__name__}.{method.lower()} needs @operation"
            raise ImproperlyConfigured(message)
        scope = scope_of(route.view, method)
        API_SCOPES.add(scope)
        if scope not in PERMISSIONS:
            message = (
                f"{route.view.__name__} needs a registered permission for {method}, not {scope!r}"
            )
            raise ImproperlyConfigured(message)
