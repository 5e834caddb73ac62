"""Tags by REST."""

from __future__ import annotations

import pytest

from members.tags.models import MemberTag, Tag, TagGone
from scrm.events.relay import relay_tenant
from scrm.tenants.models import Tenant
from tests.factories.members import member, order
from tests.support.api import client

pytestmark = pytest.mark.db
SPEND = {"measure": "orders", "from": 1}


def test_tags_are_made_worn_counted_and_put_away(brand: Tenant) -> None:
    api = client(brand)
    person = order().member
    made = api.ask("POST", "tags", {"name": "爱茶", "description": "喝茶"}).json()
    assert (made["kind"], made["state"]) == ("manual", "active")
    path = f"members/{person.public_id}/tags"
    assert api.ask("PUT", path, {"tags": ["爱茶", "高复购"]}).status_code == 200
    assert {row["name"] for row in api.ask("GET", path).json()["data"]} == {"爱茶", "高复购"}
    api.ask("PUT", path, {"tags": ["爱茶"]})
    assert [row["source"] for row in api.ask("GET", path).json()["data"]] == ["operator"]
    wearers = api.ask("GET", f"tags/{made['id']}/members").json()["data"]
    assert [row["id"] for row in wearers] == [person.public_id]
    refused = api.ask("DELETE", f"tags/{made['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "tag_in_use")
    assert api.ask("DELETE", f"tags/{made['id']}?sure=true").status_code == 204
    assert api.ask("GET", f"tags/{made['id']}").status_code == 404
    assert not MemberTag.objects.exists()
    assert TagGone.objects.filter(member=person).count() == 2  # one by hand, one with its tag


def test_a_tag_becomes_another_and_comes_back(brand: Tenant) -> None:
    api = client(brand)
    person = member()
    tea = api.ask("POST", "tags", {"name": "爱茶"}).json()["id"]
    guest = api.ask("POST", "tags", {"name": "茶客"}).json()["id"]
    api.ask("PUT", f"members/{person.public_id}/tags", {"tags": ["爱茶"]})
    reader = client(brand, scopes=["tags.view"])
    assert reader.ask("POST", f"tags/{tea}/merge", {"into": guest}).status_code == 403
    assert api.ask("POST", f"tags/{tea}/merge", {"into": tea}).status_code == 422
    done = api.ask("POST", f"tags/{tea}/merge", {"into": guest}).json()
    assert (done["members"], done["both"]) == (1, 0)
    assert api.ask("GET", f"tags/{tea}").status_code == 404
    wearers = api.ask("GET", f"tags/{guest}/members").json()["data"]
    assert [row["id"] for row in wearers] == [person.public_id]
    undo = f"tag-merges/{done['id']}/undo"
    assert api.ask("POST", undo).json()["id"] == tea
    assert api.ask("POST", undo).status_code == 409
    assert api.ask("GET", f"tags/{guest}/members").json()["data"] == []


def test_a_definition_is_tried_before_it_is_saved(brand: Tenant) -> None:
    api = client(brand)
    buyer = order().member
    member()
    tried = api.ask("POST", "tags/try", {"kind": "statistical", "definition": SPEND}).json()
    assert tried["count"] == 1
    assert [row["id"] for row in tried["samples"]] == [buyer.public_id]
    assert not Tag.objects.exists()
    hostile = {"kind": "statistical", "definition": {"measure": "orders", "from": "1 OR 1=1"}}
    assert api.ask("POST", "tags/try", hostile).status_code == 422


def test_a_computed_tag_is_not_taken_off_by_a_key(brand: Tenant) -> None:
    api = client(brand)
    buyer = order().member
    made = api.ask(
        "POST", "tags", {"name": "买过", "kind": "statistical", "definition": SPEND}
    ).json()
    relay_tenant()
    path = f"members/{buyer.public_id}/tags"
    (row,) = api.ask("GET", path).json()["data"]
    assert (row["source"], row["value"], row["version"]) == ("statistical", 1, 1)
    refused = api.ask("DELETE", f"{path}/{made['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "tag_computed")
    removed = api.ask("POST", f"tags/{made['id']}/remove-rule", {"undo": True})
    assert removed.json() == {"members": 1}
    assert api.ask("GET", path).json()["data"] == []
