from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from scrm.console.pages import ConsolePage
from scrm.console.pages.lists import ListPage
from scrm.core.errors import Busy, Forbidden, InvalidValue, NotFound
from scrm.events.actor import current_actor
from scrm.tenants.context import current_tenant_id
from tests.scrm.console.conftest import House, asked

JOBS = "/console/mumian/jobs/"
HTMX = {"HX-Request": "true"}


class Probe(ConsolePage):
    permission = "kit.edit"
    title = "试"
    template_name = "console/home.html"
    fragment_name = "console/shell/_palette_results.html"
    seen: dict[str, Any] = {}
    refusal: Exception | None = None

    def context(self) -> dict[str, object]:
        if Probe.refusal is not None:
            raise Probe.refusal
        Probe.seen = {
            "tenant": current_tenant_id(),
            "actor": current_actor(),
            "language": translation.get_language(),
            "zone": timezone.get_current_timezone_name(),
        }
        return {}

    def post(self, request: Any, **kwargs: Any) -> Any:
        return self.get(request, **kwargs)


@pytest.fixture
def probe() -> type[Probe]:
    Probe.refusal = None
    Probe.seen = {}
    return Probe


def test_nobody_is_sent_to_sign_in_and_back(client: Client, db: None) -> None:
    response = client.get(JOBS + "?state=done")
    assert response.status_code == 302
    assert response["Location"] == f"/console/sign-in/?next={JOBS}%3Fstate%3Ddone"
    part = client.get(JOBS, headers=HTMX)
    assert (part.status_code, part["HX-Refresh"]) == (401, "true")


def test_a_stranger_and_an_unknown_brand_get_the_same_404(client: Client, house: House) -> None:
    client.force_login(house.zhao, backend="django.contrib.auth.backends.ModelBackend")
    foreign, unknown = client.get(JOBS), client.get("/console/nowhere/jobs/")
    assert foreign.status_code == unknown.status_code == 404
    foreign_body, unknown_body = (
        re.sub(rb'(data-csrf|value)="\w+"', b"", response.content)
        for response in (foreign, unknown)
    )
    assert foreign_body == unknown_body
    assert "木棉" not in foreign.content.decode()


def test_a_suspended_brand_is_not_there(lin: Client, house: House) -> None:
    house.mumian.status = "suspended"
    house.mumian.save()
    assert lin.get(JOBS).status_code == 404


def test_a_colleague_without_the_right_gets_403(house: House, probe: type[Probe]) -> None:
    assert asked(probe, house.wang).status_code == 403
    assert probe.seen == {}
    assert asked(probe, house.lin).status_code == 200


def test_a_page_runs_as_the_operator_inside_the_brand(house: House, probe: type[Probe]) -> None:
    house.lin.language = "en"
    asked(probe, house.lin, slug="chayu")
    assert probe.seen["tenant"] == house.chayu.pk
    assert (probe.seen["actor"].kind, probe.seen["actor"].label) == ("operator", "林晓")
    assert probe.seen["language"] == "en"
    assert probe.seen["zone"] == "America/New_York"
    assert current_tenant_id() is None


def test_pages_are_never_stored_and_vary_with_htmx(lin: Client) -> None:
    response = lin.get(JOBS)
    assert response["Cache-Control"] == "no-store"
    assert "HX-Request" in response["Vary"]
    # The header's order is nobody's promise.
    policy = {part.strip() for part in response["Content-Security-Policy"].split(";")}
    assert "script-src 'self'" in policy


@pytest.mark.parametrize(
    ("headers", "is_fragment"),
    [
        ({}, False),
        (HTMX, True),
        ({**HTMX, "HX-Boosted": "true"}, False),
        ({**HTMX, "HX-History-Restore-Request": "true"}, False),
        ({"HX-Boosted": "true"}, False),
    ],
)
def test_only_a_real_partial_update_gets_a_fragment(
    lin: Client, headers: dict[str, str], is_fragment: bool
) -> None:
    body = lin.get(JOBS, headers=headers).content.decode()
    assert ("<html" not in body) is is_fragment


def test_a_list_answers_its_results_or_the_whole_listing(lin: Client) -> None:
    part = lin.get(JOBS, headers={**HTMX, "HX-Target": "results"}).content.decode()
    whole = lin.get(JOBS, headers={**HTMX, "HX-Target": "listing"}).content.decode()
    assert "filter-bar" not in part
    assert "filter-bar" in whole


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(NotFound(), 404), (Forbidden(), 403), (Busy("忙"), 503), (InvalidValue("错"), 422)],
)
def test_a_refusal_while_reading_is_a_page(
    house: House, probe: type[Probe], refusal: Exception, status: int
) -> None:
    probe.refusal = refusal
    response = asked(probe, house.lin)
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")


def test_a_refusal_of_an_htmx_act_is_a_toast_and_swaps_nothing(
    house: House, probe: type[Probe]
) -> None:
    probe.refusal = InvalidValue("积分不够")
    response = asked(probe, house.lin, method="post", headers=HTMX)
    assert response["HX-Reswap"] == "none"
    assert "\\u79ef" in response["HX-Trigger"]


def test_a_refusal_of_a_plain_post_returns_with_a_toast(house: House, probe: type[Probe]) -> None:
    probe.refusal = InvalidValue("积分不够")
    response = asked(probe, house.lin, method="post")
    assert response.status_code == 302
    assert [str(item) for item in get_messages(response.request_seen)] == ["积分不够"]


def test_switching_brand_lands_on_the_same_page(lin: Client, house: House) -> None:
    body = lin.get(JOBS).content.decode()
    assert 'href="/console/chayu/jobs/"' in body
    detail = lin.get("/console/mumian/jobs/job_none/progress/")
    assert detail.status_code == 404


def test_a_page_of_the_console_stays_below_twelve_queries(
    lin: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        assert lin.get(JOBS).status_code == 200


def test_every_own_page_refuses_nobody_stranger_and_bad_slugs(client: Client, house: House) -> None:
    client.force_login(house.zhao, backend="django.contrib.auth.backends.ModelBackend")
    for name in ("home", "jobs", "search"):
        assert client.get(reverse(f"console:{name}", args=["mumian"])).status_code == 404


def test_a_page_of_nine_columns_fits_the_weight_of_a_fragment(client: Client, db: None) -> None:
    part = client.get("/console/kit/", headers={**HTMX, "HX-Target": "results"}).content
    row = part.index(b"<tbody>"), part.index(b"</tbody>")
    each = (row[1] - row[0]) / part.count(b"<tr>", *row)
    around = len(part) - (row[1] - row[0])
    assert ListPage.page_size * each + around <= 40_000
