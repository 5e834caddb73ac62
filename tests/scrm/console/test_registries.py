from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import URLPattern

from scrm.console import navigation, panels, routes, search, urls
from scrm.console.elements import Kpi, TimelineEntry
from scrm.console.pages import ConsolePage
from scrm.console.panels import KpiSource, Panel, TimelineSource
from scrm.console.routes import Nav, page
from scrm.console.search import Hit, SearchSource
from scrm.tenants.services import RESERVED_SLUGS, SlugTaken, tenant_create


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(routes, "_routes", {})
    monkeypatch.setattr(search, "_sources", {})
    for name in ("_panels", "_kpis", "_timelines"):
        monkeypatch.setattr(panels, name, {})


def test_a_page_gets_its_address_and_its_place_by_one_line() -> None:
    @page("tea/list/", name="tea-list", nav=Nav(section="members", order=3))
    class TeaPage(ConsolePage):
        permission = "members.view"
        title = "茶"

    assert (TeaPage.url_name, TeaPage.nav_key) == ("tea-list", "tea-list")
    item = navigation.item_get("tea-list")
    assert item is not None
    assert (item.label, item.permission, item.order) == ("茶", "members.view", 3)
    with pytest.raises(ValueError, match="twice"):
        page("other/", name="tea-list")(TeaPage)


def test_no_brand_may_take_a_first_segment_of_our_own(db: None) -> None:
    own = {
        str(entry.pattern).split("/")[0]
        for entry in urls.urlpatterns
        if isinstance(entry, URLPattern) and str(entry.pattern)
    }
    assert own == RESERVED_SLUGS
    for slug in own:
        with pytest.raises(SlugTaken):
            tenant_create(slug=slug, name="茶")


def test_panels_come_in_order_and_only_with_their_permission() -> None:
    for key, order, permission in (("b", 2, ""), ("a", 1, ""), ("c", 3, "x.y")):
        panels.panel_register(
            Panel(
                key=key,
                slot="tab",
                label=key,
                template="t.html",
                load=lambda _id: {},
                order=order,
                permission=permission,
            )
        )
    panels.panel_register(
        Panel(key="r", slot="rail", label="r", template="t.html", load=lambda _id: {})
    )
    assert [one.key for one in panels.panels_for(slot="tab", may=lambda _name: False)] == ["a", "b"]
    assert [one.key for one in panels.panels_for(slot="tab", may=lambda _name: True)] == [
        "a",
        "b",
        "c",
    ]
    assert [one.key for one in panels.panels_for(slot="rail", may=lambda _name: True)] == ["r"]
    with pytest.raises(ValueError, match="twice"):
        panels.panel_register(
            Panel(key="r", slot="rail", label="r", template="t.html", load=lambda _id: {})
        )


def test_figures_of_hidden_sources_are_not_even_read() -> None:
    def never(_member_id: int) -> list[Kpi]:
        raise AssertionError

    panels.kpi_register(
        KpiSource(key="a", load=lambda member_id: [Kpi(label="积分", value=str(member_id))])
    )
    panels.kpi_register(KpiSource(key="b", load=never, permission="x.y"))
    assert [kpi.value for kpi in panels.kpis_for(member_id=7, may=lambda _name: False)] == ["7"]


def test_the_timeline_merges_its_sources_newest_first() -> None:
    def source(key: str, hours: list[int]) -> TimelineSource:
        entries = [
            TimelineEntry(at=datetime(2026, 11, 1, hour, tzinfo=UTC), title=key) for hour in hours
        ]
        return TimelineSource(
            key=key,
            label=key,
            load=lambda _id, before, limit: [one for one in entries if one.at < before][:limit],
        )

    panels.timeline_register(source("orders", [9, 5]))
    panels.timeline_register(source("points", [8, 4]))
    found = panels.timeline_for(
        member_id=1, before=datetime(2026, 11, 1, 9, tzinfo=UTC), limit=2, may=lambda _name: True
    )
    assert [(one.title, one.at.hour) for one in found] == [("points", 8), ("orders", 5)]
    only = panels.timeline_for(
        member_id=1,
        before=datetime(2026, 11, 2, tzinfo=UTC),
        limit=9,
        may=lambda _name: True,
        only=frozenset({"orders"}),
    )
    assert {one.title for one in only} == {"orders"}


def test_search_asks_only_sources_one_may_use() -> None:
    search.search_register(
        SearchSource(
            key="m", permission="m.view", find=lambda text: [Hit(title=text, page="members-list")]
        )
    )
    search.search_register(
        SearchSource(
            key="s", permission="s.view", order=1, find=lambda _text: [Hit(title="群", page="x")]
        )
    )
    assert [hit.title for hit in search.search_all(text="陈", may=lambda _name: True)] == [
        "群",
        "陈",
    ]
    assert [hit.title for hit in search.search_all(text="陈", may={"m.view"}.__contains__)] == [
        "陈"
    ]
