"""An act can be taken back by who did it, once, for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, RequestFactory

from scrm.console import undo
from scrm.console.models import UndoStep
from scrm.console.undo import KEPT, OPEN, UndoKind, undo_forget_run, undo_offer
from scrm.core import clock
from scrm.core.errors import InvalidTransition
from scrm.tenants.context import tenant_scope
from tests.scrm.console.conftest import House

taken: list[Mapping[str, Any]] = []


def _apply(payload: Mapping[str, Any]) -> None:
    if payload.get("moved"):
        raise InvalidTransition("moved on", current="sent")
    taken.append(payload)


@pytest.fixture(autouse=True)
def _kind(monkeypatch: pytest.MonkeyPatch) -> None:
    taken.clear()
    kind = UndoKind(key="tests.act", permission="kit.edit", apply=_apply)
    monkeypatch.setitem(undo._kinds, kind.key, kind)


def offered(house: House, operator: Any, **payload: Any) -> str:
    request = RequestFactory().post("/", headers={"Referer": "http://testserver/console/mumian/x/"})
    request.operator, request.tenant = operator, house.mumian  # type: ignore[attr-defined]
    with tenant_scope(house.mumian), transaction.atomic():
        return undo_offer(request, "tests.act", payload)  # type: ignore[arg-type]


def test_it_is_taken_back_once_and_leads_to_where_it_was_done(house: House, lin: Client) -> None:
    address = offered(house, house.lin, row="a")
    got = lin.post(address, headers={"HX-Request": "true"})
    assert (got.status_code, got.headers["HX-Redirect"]) == (
        204,
        "http://testserver/console/mumian/x/",
    )
    assert taken == [{"row": "a"}]
    again = lin.post(address, headers={"HX-Request": "true"})
    assert again.status_code == 409
    assert "已过撤销时间" in again.headers["HX-Trigger"].encode().decode("unicode_escape")
    assert len(taken) == 1


def test_nobody_else_may_take_it_back(house: House, lin: Client, client: Client) -> None:
    address = offered(house, house.wang, row="a")
    assert lin.post(address).status_code == 404
    # Its author may no longer do such things either.
    client.force_login(house.wang, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(address).status_code == 404
    assert taken == []


def test_after_a_while_it_is_too_late(house: House, lin: Client) -> None:
    address = offered(house, house.lin, row="a")
    with tenant_scope(house.mumian):
        UndoStep.objects.update(ends_at=clock.now() - timedelta(seconds=1))
    assert lin.post(address, headers={"HX-Request": "true"}).status_code == 409
    assert taken == []


def test_what_moved_on_is_not_taken_back_and_stays_open(house: House, lin: Client) -> None:
    address = offered(house, house.lin, moved=True)
    got = lin.post(address, headers={"HX-Request": "true"})
    assert got.status_code == 409
    with tenant_scope(house.mumian):
        assert UndoStep.objects.get().used_at is None


def test_the_night_forgets_what_is_over(house: House) -> None:
    offered(house, house.lin)
    offered(house, house.lin)
    with tenant_scope(house.mumian):
        first = UndoStep.objects.order_by("pk")[0]
        UndoStep.objects.filter(pk=first.pk).update(ends_at=clock.now() - KEPT - OPEN)
        assert undo_forget_run(clock.now().date()) == {"steps": 1}
