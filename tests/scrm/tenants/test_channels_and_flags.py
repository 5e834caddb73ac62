"""Channels every brand begins with, and modules it may switch off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from members.people.sources import source_label
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.console.navigation import SECTIONS, item_get, items_all, items_on
from scrm.console.routes import routes_all
from scrm.core.errors import InvalidValue
from scrm.events.models import AuditLog
from scrm.tenants.catalogue import CHANNELS, MEDICAL_INDUSTRIES
from scrm.tenants.changing import Change, tenant_change_apply
from scrm.tenants.channels import (
    ChannelChange,
    ChannelCodeTaken,
    ChannelFixed,
    channel_change,
    channel_choices,
    channel_create,
    channels_list,
    channels_seed,
)
from scrm.tenants.context import tenant_scope
from scrm.tenants.flags import FLAGS, HEADINGS, flag_on, module_on
from scrm.tenants.models import Channel, Tenant
from scrm.tenants.services import tenant_create, tenant_settings_update
from tests.support.api import client as api_client

pytestmark = pytest.mark.db


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    made = tenant_create(slug="shop", name="店")
    with tenant_scope(made):
        yield made


# ------------------------------------------------------------------------------------- channels
def test_a_brand_begins_with_every_channel_of_the_registry(tenant: Tenant) -> None:
    kinds: dict[str, set[str]] = {}
    for row in Channel.objects.all():
        kinds.setdefault(row.kind, set()).add(row.code)
    assert kinds.keys() == {"wechat", "own", "public", "internal"}
    assert kinds["wechat"] >= {"wecom", "official_account", "mini_program", "wechat_h5"}
    assert kinds["own"] >= {"app", "website", "h5"}
    assert kinds["public"] >= {
        "xiaohongshu", "meituan", "official_account_public", "video_account", "douyin", "kuaishou",
        "weibo", "zhihu", "bilibili", "taobao", "jd", "pinduoduo", "toutiao", "baidu",
    }  # fmt: skip
    assert kinds["internal"] >= {
        "wecom_scrm", "crm", "cdp", "erp", "member_system", "order_system",
    }  # fmt: skip
    channels_seed()
    assert Channel.objects.count() == len(CHANNELS)


def test_orders_and_members_take_their_words_from_the_registry(tenant: Tenant) -> None:
    assert (source_label("tmall"), source_label("fair"), source_label("")) == ("天猫", "fair", "")
    made = channel_create(code="fair", name="春季展会", kind="own")
    assert source_label("fair") == "春季展会"
    assert ("fair", "春季展会") in channel_choices()
    channel_change(public_id=made.public_id, change=ChannelChange(is_archived=True))
    assert "fair" not in dict(channel_choices())
    assert "fair" in dict(channel_choices(with_archived=True))
    assert source_label("fair") == "春季展会"
    channel_change(public_id=made.public_id, change=ChannelChange(is_archived=False))
    assert "fair" in dict(channel_choices())
    assert list(
        AuditLog.objects.filter(object_id=made.public_id).order_by("id").values_list("action", flat=True)
    ) == ["channel.created", "channel.archived", "channel.restored"]  # fmt: skip


def test_names_cost_one_query_a_scope(tenant: Tenant, django_assert_num_queries: object) -> None:
    channel_create(code="fair", name="展会", kind="own")
    with django_assert_num_queries(1):  # type: ignore[operator]
        for _ in range(5):
            source_label("fair"), source_label("tmall"), source_label("nobody_knows")


def test_a_code_is_used_once_and_the_seeded_keep_their_names(tenant: Tenant) -> None:
    with pytest.raises(ChannelCodeTaken):
        channel_create(code="tmall", name="我的天猫", kind="public")
    for code, name, kind in (("X", "x", "own"), ("ok", " ", "own"), ("ok", "x", "other")):
        with pytest.raises(InvalidValue):
            channel_create(code=code, name=name, kind=kind)
    tmall = Channel.objects.get(code="tmall")
    with pytest.raises(ChannelFixed):
        channel_change(public_id=tmall.public_id, change=ChannelChange(name="x"))
    channel_change(public_id=tmall.public_id, change=ChannelChange(is_archived=True))
    assert [row.code for row in channels_list(states=["archived"])] == ["tmall"]
    assert [row.code for row in channels_list(search="小红")] == ["xiaohongshu"]


# ------------------------------------------------------------------------------------- headings
def test_the_flags_and_the_navigation_know_the_same_nine_headings() -> None:
    assert [section.key for section in SECTIONS if not section.is_foot] == list(HEADINGS)
    assert {flag.heading for flag in FLAGS.values()} <= set(HEADINGS)


def without_heading() -> list[str]:
    """Business pages that do not belong to exactly one of the nine headings."""
    found = []
    for route in routes_all():
        if route.view.__module__.startswith("scrm."):
            continue
        item = item_get(route.view.nav_key)
        if item is None or item.section not in HEADINGS:
            found.append(route.name)
    return found


def test_every_business_page_belongs_to_exactly_one_heading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    routes = routes_all()
    assert len(routes) > 30
    assert without_heading() == []
    assert len({item.key for item in items_all()}) == len(list(items_all()))
    # The control: a page that lights nothing in the navigation is found.
    page = next(route for route in routes if route.name == "members-new")
    monkeypatch.setattr(page.view, "nav_key", "nowhere")
    assert without_heading() == ["members-new"]


# ------------------------------------------------------------------------------------- flags
def switch(tenant: Tenant, key: str, *, on: bool) -> None:
    tenant_settings_update(tenant_id=tenant.pk, values={f"flag.{key}": on})


def browser(tenant: Tenant) -> Client:
    operator = Operator.objects.create_user(email="a@example.com", password=None)
    membership_grant(operator=operator, tenant=tenant, roles=["tenant_admin"])
    client = Client()
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    ("flag", "url_name", "api", "status"),
    [
        ("tags.segments", "segments-list", "segments", 200),
        ("marketing.push", "push-list", "pushes", 200),
        ("analytics.rfm", "analytics-rfm", "rfm", 404),  # no night has been scored
        ("analytics.overview", "analytics-overview", "overview?days=7", 200),
        ("acquisition.codes", "contact-codes", "contact-codes", 200),
    ],
)
def test_a_module_that_is_off_is_not_there(
    tenant: Tenant, flag: str, url_name: str, api: str, status: int
) -> None:
    routes_all()
    client, key, item = browser(tenant), api_client(tenant), item_get(url_name)
    assert item is not None
    assert item in items_on()
    path = reverse(f"console:{url_name}", kwargs={"tenant_slug": "shop"})
    assert (client.get(path).status_code, key.ask("GET", api).status_code) == (200, status)
    switch(tenant, flag, on=False)
    assert item not in items_on()
    assert (client.get(path).status_code, key.ask("GET", api).status_code) == (404, 404)
    assert client.get("/console/shop/members/list/").status_code == 200
    switch(tenant, flag, on=True)
    assert (client.get(path).status_code, key.ask("GET", api).status_code) == (200, status)


def test_off_for_one_brand_is_on_for_the_next(tenant: Tenant) -> None:
    other = tenant_create(slug="other", name="别家")
    switch(tenant, "tags.segments", on=False)
    assert not flag_on("tags.segments")
    with tenant_scope(other):
        assert flag_on("tags.segments")
    assert module_on("members.people.pages.listing")  # nobody claims the core


@pytest.mark.parametrize("industry", sorted(MEDICAL_INDUSTRIES))
def test_medical_industries_turn_the_advertising_guard_on(tenant: Tenant, industry: str) -> None:
    assert not flag_on("content.medical_guard")
    tenant_change_apply(tenant_id=tenant.pk, change=Change(profile={"industry": industry}))
    assert flag_on("content.medical_guard")
    switch(tenant, "content.medical_guard", on=False)
    assert flag_on("content.medical_guard")
    tenant_change_apply(tenant_id=tenant.pk, change=Change(profile={"industry": "tea"}))
    assert not flag_on("content.medical_guard")
