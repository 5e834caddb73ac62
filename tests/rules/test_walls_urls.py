"""Every address of API and console, seen by four people: nobody passes the wall between brands."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import tests.rules.urls as table
from scrm.access.models import Membership, Operator
from scrm.access.permissions import PERMISSIONS
from scrm.access.services import membership_grant
from scrm.api.auth import scope_of
from scrm.api.routes import routes_all
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.rules.urls.rows import Api, Open, Page, filled, names_ids
from tests.support.api import ApiClient
from tests.support.api import client as api_client
from tests.support.api import tenant as new_tenant

MODULES = [
    importlib.import_module(f"tests.rules.urls.{found.name}")
    for found in pkgutil.iter_modules(table.__path__)
    if found.name != "rows"
]
BACKEND = "django.contrib.auth.backends.ModelBackend"
ROWS: list[Api | Page | Open] = [row for module in MODULES for row in module.ROWS]


# ------------------------------------------------------------------------------------- completeness
def addresses() -> dict[str, URLPattern]:
    """Every named address of the platform, namespaces included."""

    def walk(resolver: URLResolver, spaces: tuple[str, ...]) -> Iterator[tuple[str, URLPattern]]:
        for found in resolver.url_patterns:
            if isinstance(found, URLResolver):
                inner = (*spaces, found.namespace) if found.namespace else spaces
                yield from walk(found, inner)
            else:
                yield ":".join([*spaces, found.name or str(found.pattern)]), found

    return dict(walk(get_resolver(), ()))


def wanted_keys() -> set[str]:
    """What the table must hold: each method of an API route, each console page, each open address."""
    api = {f"api:{route.name} {method}" for route in routes_all() for method in route.methods}
    # The platform's desk is visited whole by tests/scrm/access/test_platform_desk.py.
    elsewhere = ("api:", "platform:")
    others = {name for name in addresses() if not name.startswith(elsewhere)}
    return api | others - {"console:kit", "console:kit-part"}


def missing(rows: list[Api | Page | Open]) -> list[str]:
    return sorted(wanted_keys() - {row.key for row in rows})


def test_the_table_holds_every_address() -> None:
    report(f"{key} is in no module of tests/rules/urls" for key in missing(ROWS))


def test_a_missing_address_turns_the_table_red() -> None:
    """The control: take any row out and the test above names it."""
    without = [row for row in ROWS if row.key != "api:jobs GET"]
    assert missing(without) == ["api:jobs GET", *missing(ROWS)]


def test_no_row_names_an_address_that_is_gone() -> None:
    assert sorted({row.key for row in ROWS} - wanted_keys()) == []


# ------------------------------------------------------------------------------------- the four people
@dataclass
class World:
    """Brands A and B with everything a row may name, and who visits."""

    a: Tenant
    b: Tenant
    names: dict[str, str]
    owner: Operator
    colleague: Operator
    stranger: Operator
    clients: dict[Any, Any] = field(default_factory=dict)

    def key_of(self, brand: Tenant, scopes: tuple[str, ...]) -> Any:
        return self._kept((brand.pk, scopes), lambda: api_client(brand, scopes))

    def browser_of(self, operator: Operator | None) -> Client:
        def make() -> Client:
            browser = Client()
            if operator is not None:
                browser.force_login(operator, backend=BACKEND)
            return browser

        return self._kept(None if operator is None else operator.pk, make)

    def _kept(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self.clients:
            self.clients[key] = make()
        return self.clients[key]


def person(name: str, brand: Tenant, roles: list[str]) -> Operator:
    operator = Operator.objects.create_user(email=f"{name}@example.com", password=None, name=name)
    membership_grant(operator=operator, tenant=brand, roles=roles)
    return operator


@pytest.fixture
def world(db: None) -> World:
    a, b = new_tenant(slug="walls-a"), new_tenant(slug="walls-b")
    names: dict[str, str] = {}
    for module in MODULES:
        make = getattr(module, "objects", None)
        if make is not None:
            with tenant_scope(a), transaction.atomic():
                names |= make()
    return World(
        a=a,
        b=b,
        names=names,
        owner=person("owner", a, ["tenant_admin"]),
        colleague=person("colleague", a, []),
        stranger=person("stranger", b, ["tenant_admin"]),
    )


def rows_of(kind: type) -> list[Any]:
    return [row for row in ROWS if isinstance(row, kind)]


def said(row: Any, who: str, got: Any, wanted: object) -> str:
    text = "a stream" if got.streaming else got.content.decode()[:300]
    return f"{row.key} {row.method} as {who}: {got.status_code}, not {wanted}: {text}"


def report(faults: Iterable[str]) -> None:
    """All faults at once, one a line."""
    found = list(faults)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@contextmanager
def undone() -> Iterator[None]:
    """One visit leaves no trace for the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# ------------------------------------------------------------------------------------- API
def call(who: Any, row: Api, names: dict[str, str]) -> Any:
    address = reverse(f"api:{row.name}", kwargs=filled(row.path, names))
    query = "&".join(f"{key}={value}" for key, value in filled(row.query, names).items())
    return who.ask(row.method, f"{address}?{query}" if query else address, filled(row.body, names))


def api_faults(row: Api, world: World) -> Iterator[str]:
    view = addresses()[f"api:{row.name}"].callback.view_class
    others = tuple(sorted(PERMISSIONS.keys() - {scope_of(view, row.method)}))
    names_a = names_ids(row.path) or names_ids(row.body) or names_ids(row.query)
    visitors = {
        "nobody": (ApiClient(None), 401),
        "colleague": (world.key_of(world.a, others), 403),
        "stranger": (
            world.key_of(world.b, ("*",)),
            row.stranger or (404 if names_a else row.owner),
        ),
        "owner": (world.key_of(world.a, ("*",)), row.owner),
    }
    for who, (key, wanted) in visitors.items():
        with undone():
            got = call(key, row, world.names)
        if got.status_code != wanted:
            yield said(row, who, got, wanted)
        if who == "stranger" and (seen := ids_seen(got, row, world)):
            yield f"{row.key} tells a stranger of {seen}"


@pytest.mark.db
def test_the_api_keeps_brands_apart(world: World) -> None:
    """Nobody 401, a colleague whose key has every scope but this one 403, a stranger 404."""
    report(fault for row in rows_of(Api) for fault in api_faults(row, world))


def ids_seen(response: Any, row: Api, world: World) -> list[str]:
    """Ids of A's that the stranger was told without naming them."""
    said = response.content.decode()
    named = str(row.path) + str(row.body) + str(row.query)
    return [
        name
        for name, value in world.names.items()
        if "_" in value and value in said and f"{{{name}}}" not in named
    ]


# ------------------------------------------------------------------------------------- console
def open_page(browser: Client, brand: Tenant, row: Page, names: dict[str, str]) -> Any:
    address = reverse(
        f"console:{row.name}", kwargs={"tenant_slug": brand.slug, **filled(row.path, names)}
    )
    if row.method == "GET":
        return browser.get(address, filled(row.query, names), headers=row.headers)
    query = urlencode(filled(row.query, names))
    address = f"{address}?{query}" if query else address
    return browser.post(address, filled(row.data, names), headers=row.headers)


def page_faults(row: Page, world: World) -> Iterator[str]:
    view = addresses()[f"console:{row.name}"].callback.view_class
    shut = 403 if getattr(view, "permission", "") else row.owner
    visitors = [
        ("nobody", None, world.a, 401 if row.headers.get("HX-Request") else 302),
        ("colleague", world.colleague, world.a, row.colleague or shut),
        ("stranger", world.stranger, world.a, 404),
        ("owner", world.owner, world.a, row.owner),
    ]
    if names_ids(row.path):
        visitors.append(("stranger by their own door", world.stranger, world.b, 404))
    for who, operator, brand, wanted in visitors:
        browser = world.browser_of(operator)
        with undone():
            got = open_page(browser, brand, row, world.names)
        if got.status_code != wanted:
            yield said(row, who, got, wanted)
        if (
            wanted == 302
            and who == "nobody"
            and "/console/sign-in/" not in got.headers.get("Location", "")
        ):
            yield f"{row.key} does not send nobody to the sign-in page"


@pytest.mark.db
def test_the_console_keeps_brands_apart(world: World) -> None:
    """Nobody signs in first, a colleague without the right 403, a stranger 404 by either door."""
    report(fault for row in rows_of(Page) for fault in page_faults(row, world))


# ------------------------------------------------------------------------------------- open addresses
def open_faults(row: Open, world: World) -> Iterator[str]:
    address = reverse(row.name, kwargs=filled(row.path, world.names))
    for operator, wanted in ((None, row.anyone), (world.stranger, row.signed_in or row.anyone)):
        browser = Client()
        if operator is not None:
            browser.force_login(operator, backend=BACKEND)
        with undone():
            got = browser.get(address) if row.method == "GET" else browser.post(address)
        if got.status_code != wanted:
            yield said(row, "anyone", got, wanted)
        if world.a.slug in got.content.decode():
            yield f"{row.key} names a brand"


@pytest.mark.db
def test_open_addresses_tell_nothing_about_brands(world: World) -> None:
    report(fault for row in rows_of(Open) for fault in open_faults(row, world))


@pytest.mark.db
def test_a_lost_membership_opens_nothing(world: World) -> None:
    """The control of the console's rows: the same page answers 404 once the place is gone."""
    browser = world.browser_of(world.owner)
    address = reverse("console:jobs", kwargs={"tenant_slug": world.a.slug})
    assert browser.get(address).status_code == 200
    Membership.objects.filter(operator=world.owner).delete()
    assert browser.get(address).status_code == 404
