"""Custom fields, notes, and a story narrowed, by REST."""

from __future__ import annotations

import pytest

from members.profile.models import Note
from scrm.tenants.models import Tenant
from tests.factories.members import member, order
from tests.support.api import client

pytestmark = pytest.mark.db


def test_fields_are_defined_filled_and_asked(brand: Tenant) -> None:
    api = client(brand)
    who = member(city="上海")
    told = {"label": "肤质", "key": "skin", "kind": "choice", "choices": ["干性", "油性"]}
    made = api.ask("POST", "custom-fields", told).json()
    assert (made["key"], made["direction"], made["archived_at"]) == ("skin", "basic", None)
    refused = api.ask("POST", "custom-fields", told)
    assert (refused.status_code, refused.json()["code"]) == (409, "field_name_taken")
    path = f"members/{who.public_id}"
    changed = api.ask("PATCH", path, {"custom": {"skin": "干性"}, "occupation": "教师"}).json()
    assert (changed["custom"], changed["occupation"], changed["city"]) == (
        {"skin": "干性"}, "教师", "上海",
    )  # fmt: skip
    for bad, pointer in (
        ({"skin": "中性"}, "/custom/skin"),
        ({"skin": 5}, "/custom/skin"),
        ({"nothing": 1}, "/custom/nothing"),
    ):
        refused = api.ask("PATCH", path, {"custom": bad, "city": "北京"})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == pointer
    # A refusal changes nothing at all.
    assert api.ask("GET", path).json()["city"] == "上海"
    rule = {"all": [{"field": "custom.skin", "op": "in", "value": ["干性"]}]}
    counted = api.ask("POST", "segments/count", {"rule": rule}).json()
    assert counted["exact"]["members"] == 1
    one = f"custom-fields/{made['id']}"
    assert api.ask("PATCH", one, {"direction": "content"}).json()["direction"] == "content"
    assert api.ask("POST", f"{one}/archive").json()["archived_at"]
    assert api.ask("GET", "custom-fields").json()["data"] == []
    assert len(api.ask("GET", "custom-fields?archived=true").json()["data"]) == 1
    assert api.ask("GET", path).json()["custom"] == {}
    api.ask("POST", f"{one}/restore")
    assert api.ask("GET", path).json()["custom"] == {"skin": "干性"}


def test_notes_are_written_and_only_their_author_changes_the_words(brand: Tenant) -> None:
    api, other = client(brand), client(brand)
    path = f"members/{member().public_id}/notes"
    first = api.ask("POST", path, {"text": "周五回电", "is_pinned": True}).json()
    second = other.ask("POST", path, {"text": "地址变了", "is_pinned": True}).json()
    rows = {row["id"]: row["is_pinned"] for row in api.ask("GET", path).json()["data"]}
    assert rows == {first["id"]: False, second["id"]: True}
    refused = other.ask("PATCH", f"notes/{first['id']}", {"text": "我改的"})
    assert refused.status_code == 403
    assert api.ask("PATCH", f"notes/{first['id']}", {"text": "周六"}).json()["text"] == "周六"
    assert api.ask("DELETE", f"notes/{first['id']}").status_code == 204
    assert api.ask("PATCH", f"notes/{first['id']}", {"text": "x"}).status_code == 404
    assert Note.objects.get(public_id=first["id"]).deleted_at is not None


def test_a_story_is_narrowed_by_kind_and_channel(brand: Tenant) -> None:
    """M-25."""
    api = client(brand)
    who = order(channel="tmall").member
    order(channel="jd")
    path = f"members/{who.public_id}/timeline"
    channels = {row["channel"] for row in api.ask("GET", f"{path}?channel=jd").json()["data"]}
    assert channels == {"JD.com"}
    kinds = {row["kind"] for row in api.ask("GET", f"{path}?kind=orders").json()["data"]}
    assert kinds == {"order"}
    assert api.ask("GET", f"{path}?kind=nothing").status_code == 422
