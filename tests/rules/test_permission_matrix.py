"""Every role of PL-09 at every address with every method: who is let in, who is not, and by which methods.

Who may do what is read from docs/reference.md, so a change of rights is a change of that table. The gate
is asked once per role and row: the pages behind it are kept out, which makes two thousand visits cheap.
What stands behind the gate is then asked once per row, by the role with the fewest rights that may.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.views import View
from rest_framework.response import Response

from scrm.access.models import Operator
from scrm.access.permissions import PERMISSIONS, ROLES
from scrm.api.auth import scope_of
from scrm.api.routes import routes_all
from scrm.api.views import ApiView
from tests.rules.test_walls_urls import (
    World,
    addresses,
    call,
    open_page,
    person,
    report,
    rows_of,
    said,
    undone,
    world,
)
from tests.rules.urls.rows import Api, Open, Page, filled

__all__ = ["world"]

pytestmark = pytest.mark.db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
INSIDE = 299  # what the gate's other side says
_ROW = re.compile(r"\| `([\w.]+)` \| [^|]+ \| ([a-z_, ]+) \|")


# ------------------------------------------------------------------------------------- what is promised
def rights_told() -> dict[str, frozenset[str]]:
    """Permission → roles, as docs/reference.md says."""
    text = (settings.ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    part = text.split("## Permissions", 1)[1].split("\n## ", 1)[0]
    return {name: frozenset(roles.split(", ")) for name, roles in _ROW.findall(part)}


RIGHTS = rights_told()


def test_the_reference_tells_every_right() -> None:
    known = {name: right.roles for name, right in PERMISSIONS.items()}
    assert known == RIGHTS, "run `make schema`: docs/reference.md is not what the code says"


def test_every_role_may_do_something_and_lacks_something() -> None:
    """Nine roles, no two of them the same, and only the administrator holds everything."""
    held = {
        role: frozenset(name for name, roles in RIGHTS.items() if role in roles) for role in ROLES
    }
    assert len(held) == 9
    assert held["tenant_admin"] == RIGHTS.keys()
    assert [role for role in held if role != "tenant_admin" and held[role] == RIGHTS.keys()] == []
    assert [role for role in held if not held[role]] == []


def right_of(row: Api | Page) -> str:
    """The permission an address asks for; empty where everybody who serves the brand may come."""
    space = "api" if isinstance(row, Api) else "console"
    view = addresses()[f"{space}:{row.name}"].callback.view_class
    return scope_of(view, row.method) if isinstance(row, Api) else str(view.permission)


def may(role: str, row: Api | Page) -> bool:
    right = right_of(row)
    return not right or role in RIGHTS.get(right, ())


# ------------------------------------------------------------------------------------- nine visitors
class Visitors:
    """One browser and one key per role, signed in before anything is undone."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[str, Operator] = {
            role: person(f"role-{role}", world.a, [role]) for role in ROLES
        }
        for role, operator in self.people.items():
            world.browser_of(operator)
            self.key(role)

    def key(self, role: str) -> Any:
        scopes = tuple(sorted(name for name, roles in RIGHTS.items() if role in roles))
        return self.world.key_of(self.world.a, scopes)

    def visit(self, role: str, row: Api | Page, method: str = "") -> Any:
        method = method or row.method
        if isinstance(row, Api):
            asked = row if method == row.method else Api(row.name, method, path=row.path)
            return call(self.key(role), asked, self.world.names)
        browser = self.world.browser_of(self.people[role])
        if method == row.method:
            return open_page(browser, self.world.a, row, self.world.names)
        where = {"tenant_slug": self.world.a.slug, **filled(row.path, self.world.names)}
        return browser.generic(method, reverse(f"console:{row.name}", kwargs=where))


@pytest.fixture
def visitors(world: World) -> Visitors:
    return Visitors(world)


@pytest.fixture
def gate_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever passes the gate of a page or an endpoint hears 299 instead of what is behind it."""
    monkeypatch.setattr(
        View, "dispatch", lambda _self, _request, *_a, **_k: HttpResponse(status=INSIDE)
    )
    classes = {base for route in routes_all() for base in route.view.__mro__}
    own = {base for base in classes if issubclass(base, ApiView) and "_serve" in vars(base)}
    for view in {ApiView, *own}:
        monkeypatch.setattr(
            view, "_serve", lambda _self, _request, _raw: Response(None, status=INSIDE)
        )


def doors() -> list[Api | Page]:
    """Each address with each of its methods once."""
    found: dict[tuple[type, str, str], Api | Page] = {}
    for row in [*rows_of(Api), *rows_of(Page)]:
        found.setdefault((type(row), row.name, row.method), row)
    return list(found.values())


def gate_faults(visitors: Visitors, rows: list[Api | Page]) -> Iterator[str]:
    for row in rows:
        for role in ROLES:
            wanted = INSIDE if may(role, row) else 403
            got = visitors.visit(role, row)
            if wanted == INSIDE and got.status_code == 415:
                continue  # past the gate, and the row's body is of another kind
            if got.status_code != wanted:
                yield said(row, role, got, wanted)


def test_nine_roles_at_every_gate(visitors: Visitors, gate_only: None) -> None:
    """Allowed and denied, both: who has the right passes, who has not is told 403."""
    rows = doors()
    told = {(role, may(role, row)) for row in rows for role in ROLES}
    assert len(told) == 2 * len(ROLES) - 1, "each role is let in somewhere and, but one, kept out"
    report(gate_faults(visitors, rows))


def test_a_gate_that_lets_the_wrong_people_in_is_seen(
    visitors: Visitors, gate_only: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a page that forgets its permission, and one that asks for somebody else's."""
    rows: list[Api | Page] = [Page("audit"), Api("keys")]
    assert list(gate_faults(visitors, rows)) == []
    page = addresses()["console:audit"].callback.view_class
    endpoint = addresses()["api:keys"].callback.view_class
    wrong = {"page": page.permission, "endpoint": endpoint.scope_read}
    told = {name: RIGHTS[right] for name, right in wrong.items()}
    monkeypatch.setattr(page, "permission", "")
    monkeypatch.setattr(endpoint, "scope_read", "members.view")
    monkeypatch.setattr(
        "tests.rules.test_permission_matrix.may",
        lambda role, row: role in told["page" if isinstance(row, Page) else "endpoint"],
    )
    faults = list(gate_faults(visitors, rows))
    assert any("console:audit GET as finance: 299, not 403" in fault for fault in faults)
    assert any("api:keys GET GET as analyst: 299, not 403" in fault for fault in faults)


# ------------------------------------------------------------------------------------- behind the gate
def least_role(row: Api | Page) -> str:
    """The role with the fewest rights that may."""
    held = {role: sum(role in roles for roles in RIGHTS.values()) for role in ROLES}
    more = RIGHTS.get(getattr(row, "needs", ""), frozenset(ROLES))
    return min(
        (role for role in ROLES if role in more and may(role, row)), key=lambda role: held[role]
    )


def test_the_least_role_that_may_is_answered(visitors: Visitors) -> None:
    """Nothing behind a gate refuses whom the gate has let in."""

    def faults() -> Iterator[str]:
        for row in [*rows_of(Api), *rows_of(Page)]:
            with undone():
                got = visitors.visit(least_role(row), row)
            wanted = {row.owner, getattr(row, "colleague", None)}
            if got.status_code not in wanted:
                yield said(row, least_role(row), got, row.owner)

    report(faults())


# ------------------------------------------------------------------------------------- other methods
def listed_methods(kind: type) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows_of(kind):
        found[row.name].add(row.method)
    return dict(found)


def method_faults(visitors: Visitors, rows: list[Api | Page]) -> Iterator[str]:
    """Methods without a row must not be answered, not even to those who may do everything."""
    listed = {kind: listed_methods(kind) for kind in (Api, Page)}
    for row in rows:
        for method in METHODS:
            if method in listed[type(row)][row.name]:
                continue
            with undone():
                got = visitors.visit("tenant_admin", row, method)
            if got.status_code != 405:
                yield f"{row.key} answers {method} with {got.status_code}, but has no row for it"


def test_methods_without_a_row_are_refused(visitors: Visitors) -> None:
    one_each = {(type(row), row.name): row for row in doors()}
    report(method_faults(visitors, list(one_each.values())))


def test_a_method_without_a_row_is_seen(
    visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: pretend that the table does not know a POST which exists."""
    row = Page("members-new")
    monkeypatch.setattr(
        "tests.rules.test_permission_matrix.listed_methods", lambda _kind: {row.name: {"GET"}}
    )
    [fault] = method_faults(visitors, [row])
    assert "console:members-new answers POST" in fault


def test_open_addresses_answer_only_their_methods(world: World) -> None:
    listed = listed_methods(Open)

    def faults() -> Iterator[str]:
        for row in rows_of(Open):
            address = reverse(row.name, kwargs=filled(row.path, world.names))
            # Forms that anybody may send have rows for reading them; their answers are their own tests'.
            for method in set(METHODS) - listed[row.name] - {"OPTIONS", "POST"}:
                with undone():
                    got = Client().generic(method, address)
                if got.status_code != 405 and "/sign-in/" not in got.headers.get("Location", ""):
                    yield f"{row.name} answers {method} with {got.status_code}, but has no row for it"

    report(dict.fromkeys(faults()))
