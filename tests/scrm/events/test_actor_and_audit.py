"""Who did what: named, registered, and never edited."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, transaction

from scrm.events.actor import acting_as, current_actor
from scrm.events.audit import AUDIT_ACTIONS, audit_register, record
from scrm.events.models import AuditLog
from scrm.tenants.models import Tenant

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def own_action(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(AUDIT_ACTIONS, "test.done", "done")


def test_a_write_names_its_author(brand: Tenant) -> None:
    with acting_as("operator", id="7", label="Li", ip="127.0.0.1", request_id="r-1"):
        record("test.done", object_type="thing", object_id="1", after={"n": 1})
    row = AuditLog.objects.get()
    assert (row.actor_kind, row.actor_id, row.actor_label, row.request_id) == (
        "operator",
        "7",
        "Li",
        "r-1",
    )
    assert (row.before, row.after) == ({}, {"n": 1})
    assert current_actor().kind == "system"


def test_an_action_without_words_cannot_be_recorded(brand: Tenant) -> None:
    with pytest.raises(ValueError, match="not registered"):
        record("test.unknown", object_type="thing", object_id="1")
    with pytest.raises(ValueError, match="registered twice"):
        audit_register("test.done", "again")


def test_the_log_cannot_be_edited(brand: Tenant) -> None:
    record("test.done", object_type="thing", object_id="1")
    for change in (
        lambda: AuditLog.objects.update(object_id="2"),
        lambda: AuditLog.objects.all().delete(),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            change()
    assert AuditLog.objects.get().object_id == "1"
