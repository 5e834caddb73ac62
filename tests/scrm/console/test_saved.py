"""Views and columns of lists are kept per person, and views may be shared with the brand."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

import pytest
from django.test import Client

from scrm.access.models import Operator
from scrm.console.models import SavedView
from scrm.console.saved import query_kept
from scrm.events.models import Job
from scrm.tenants.context import tenant_scope
from tests.scrm.console.conftest import House

pytestmark = pytest.mark.db
LIST = "/console/mumian/jobs/"
NEW = "/console/mumian/views/new/?list=jobs&query=" + quote("state=failed&after=abc&col=kind")


def as_(client: Client, operator: Operator) -> Client:
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def tabs(client: Client, address: str = LIST + "?view=all") -> list[str]:
    page = client.get(address).content.decode()
    bar = re.search(r'<nav class="view-bar".*?</nav>', page, re.DOTALL)
    assert bar
    found = re.findall(r'class="view-tab"[^>]*>(.*?)</a>', bar[0], re.DOTALL)
    return [re.sub(r"<[^>]+>", "", text).strip() for text in found]


def test_a_view_keeps_the_conditions_and_nothing_of_where_one_stood(
    house: House, lin: Client
) -> None:
    got = lin.post(NEW, {"name": "失败的"})
    assert (got.status_code, got.headers["Location"]) == (302, f"{LIST}?state=failed")
    assert tabs(lin) == ["全部", "失败的"]
    with tenant_scope(house.mumian):
        assert SavedView.objects.get().query == "state=failed"


def test_the_same_conditions_in_another_order_are_the_same_view() -> None:
    assert query_kept("b=2&a=1&after=x&view=all") == query_kept("a=1&b=2") == "a=1&b=2"
    assert query_kept("a=1") != query_kept("a=2")


def test_a_view_is_ones_own_until_it_is_shared(house: House, lin: Client) -> None:
    other = Client()
    lin.post(NEW, {"name": "失败的"})
    assert tabs(as_(other, house.wang)) == []
    lin.post(NEW.replace("failed", "done"), {"name": "完成的", "is_shared": "on"})
    assert [name.split()[0] for name in tabs(as_(other, house.wang))] == ["全部", "完成的"]
    with tenant_scope(house.mumian):
        shared = SavedView.objects.get(is_shared=True)
    # A colleague may use it, not drop it; another brand does not see it.
    assert other.post(f"/console/mumian/views/{shared.public_id}/delete/").status_code == 404
    assert tabs(lin, "/console/chayu/jobs/?view=all") == []


def test_a_default_view_opens_with_the_list_and_the_whole_list_stays_reachable(
    house: House, lin: Client
) -> None:
    lin.post(NEW, {"name": "失败的", "is_default": "on"})
    assert lin.get(LIST).headers["Location"] == f"{LIST}?state=failed"
    assert lin.get(f"{LIST}?view=all").status_code == 200
    assert lin.get(LIST, headers={"HX-Request": "true", "HX-Target": "results"}).status_code == 200
    lin.post("/console/mumian/views/default/?list=jobs&view=")
    assert lin.get(LIST).status_code == 200


def test_a_dropped_view_can_be_taken_back(house: House, lin: Client) -> None:
    lin.post(NEW, {"name": "失败的"})
    with tenant_scope(house.mumian):
        view = SavedView.objects.get()
    page = lin.post(f"/console/mumian/views/{view.public_id}/delete/", follow=True)
    undo = re.search(r'data-undo="([^"]+)"', page.content.decode())
    assert undo
    with tenant_scope(house.mumian):
        assert not SavedView.objects.exists()
    assert lin.post(html.unescape(undo[1]), headers={"HX-Request": "true"}).status_code == 204
    with tenant_scope(house.mumian):
        assert SavedView.objects.get().public_id == view.public_id


@pytest.mark.parametrize(
    ("data", "told"),
    [({"name": ""}, "必填"), ({"name": "  "}, ""), ({"name": "失败的"}, "同名")],
)
def test_a_bad_name_is_said_at_the_field(
    house: House, lin: Client, data: dict[str, str], told: str
) -> None:
    lin.post(NEW, {"name": "失败的"})
    got = lin.post(NEW, data)
    assert got.status_code == 422
    assert told in got.content.decode()


@pytest.mark.parametrize("name", ["", "nowhere", "home", "search", "job"])
def test_only_lists_have_views(house: House, lin: Client, name: str) -> None:
    assert lin.get(f"/console/mumian/views/new/?list={name}").status_code == 404


def test_columns_are_remembered_until_they_are_reset(house: House, lin: Client) -> None:
    post = "/console/mumian/lists/columns/?list=jobs"
    with tenant_scope(house.mumian):
        Job.objects.create(kind="tests.kind")

    def headings() -> list[str]:
        found = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", lin.get(LIST).content.decode())
        return [re.sub(r"<[^>]+>", "", text) for text in found]

    whole = headings()
    assert lin.post(post, {"col": ["state", "nonsense"]}).status_code == 204
    assert (headings()[:2], "进度" in headings(), "进度" in whole) == (
        ["任务", "状态"],
        False,
        True,
    )
    # A link somebody shared says itself which columns it shows.
    assert "<th" in lin.get(f"{LIST}?col=done").content.decode()
    lin.post(post)
    assert headings() == whole
