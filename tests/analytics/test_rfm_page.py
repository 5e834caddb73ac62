"""Page 5 and its doors: a cell, a card and a total open exactly the members they count."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from analytics.rfm.models import RfmScore
from analytics.rfm.services import rfm_score
from members.orders.rollups import rollups_age
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.tenants.context import no_tenant, tenant_scope
from scrm.tenants.models import Tenant
from tests.analytics.sales import AS_OF, TODAY, noon, sell
from tests.analytics.test_rfm_night import random_sales
from tests.support.api import client as api_client

_CELL = re.compile(r'<td class="heat heat-\d">(?:<a href="([^"]*)">|<span>)([^<]*)<')
_CARD = re.compile(r'segment-card-size"><a href="([^"]*)">([^<]*)<')
_TOTAL = re.compile(r"共 <b[^>]*>([^<]*)<")


@pytest.fixture
def desk(tenant: Tenant, client: Client) -> Client:
    """A signed-in analyst of a brand with one scored night."""
    analyst = Operator.objects.create_user(email="rfm@example.com", password="long-enough-1")
    membership_grant(operator=analyst, tenant=tenant, roles=["tenant_admin"])
    sell(random_sales(5, 90))
    with clock.frozen(noon(TODAY)):
        rollups_age(AS_OF)
        rfm_score(AS_OF)
    client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    return client


def read(desk: Client, address: str) -> str:
    with no_tenant():
        response = desk.get(unescape(address))
    assert response.status_code == 200
    return response.content.decode()


def listed(desk: Client, address: str) -> int:
    found = _TOTAL.search(read(desk, address))
    assert found is not None
    return int(found[1].replace(",", ""))


def page(desk: Client, tenant: Tenant, query: str = "") -> str:
    return read(desk, f"/console/{tenant.slug}/analytics/rfm/{query}")


def test_every_figure_opens_exactly_the_members_it_counts(desk: Client, tenant: Tenant) -> None:
    text = page(desk, tenant)
    cells, cards = _CELL.findall(text), _CARD.findall(text)
    assert (len(cells), len(cards)) == (36, 8)
    for address, figure in [*cells, *cards]:
        if address:
            assert listed(desk, address) == int(figure.replace(",", "")), address
        else:
            assert figure == "0"


@pytest.mark.parametrize(("show", "mark"), [("net", "¥"), ("average", "¥"), ("nonsense", "")])
def test_the_switch_shows_spend_instead_of_heads(
    desk: Client, tenant: Tenant, show: str, mark: str
) -> None:
    figures = [figure for _address, figure in _CELL.findall(page(desk, tenant, f"?show={show}"))]
    assert all(figure.startswith(mark) for figure in figures)


def test_a_page_costs_few_queries_whatever_the_members(
    desk: Client, tenant: Tenant, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        page(desk, tenant)


def test_a_brand_without_scores_says_so(tenant: Tenant, client: Client) -> None:
    analyst = Operator.objects.create_user(email="rfm@example.com", password="long-enough-1")
    membership_grant(operator=analyst, tenant=tenant, roles=["analyst"])
    client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    assert "还没有 RFM 得分" in page(client, tenant)


def test_the_api_tells_the_same_matrix(desk: Client, tenant: Tenant) -> None:
    api = api_client(tenant, ["analytics.view"])
    with no_tenant():
        told = api.get("/api/v1/rfm").json()
        missing = api.get("/api/v1/rfm", {"as_of": "2020-01-01"})
        wrong = api.get("/api/v1/rfm", {"as_of": "yesterday"})
    with tenant_scope(tenant):
        assert (
            sum(cell["members"] for cell in told["cells"])
            == RfmScore.objects.count()
            == told["scored"]
        )
    assert sum(segment["members"] for segment in told["segments"]) == told["scored"]
    assert (missing.status_code, wrong.status_code) == (404, 422)
