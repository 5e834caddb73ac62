"""Settings, modules, warnings, channels and the profile as people change them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from scrm.console.shell.brand.forms import SettingsForm
from scrm.console.shell.brand.pages.settings import specs_shown
from scrm.events.models import AuditLog
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Acknowledgement, Channel, SettingVersion, Tenant
from scrm.tenants.services import tenant_settings_update
from tests.factories.members import order
from tests.scrm.console.conftest import House

pytestmark = pytest.mark.db
BASE = "/console/mumian/settings"
HTMX = {"HX-Request": "true", "HX-Target": "drawer-body"}


def shop() -> Tenant:
    return Tenant.objects.get(slug="mumian")


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    body: str = response.content.decode()
    return body


def test_every_setting_shows_value_default_and_effect(lin: Client, house: House) -> None:
    body = text(lin.get(f"{BASE}/values/"))
    for word in ("静默期", "22:00-08:00", "push.quiet", "营销推送顺延到静默期结束", "默认"):
        assert word in body
    tenant_settings_update(tenant_id=house.mumian.pk, values={"push.per_day": 4})
    changed = text(lin.get(f"{BASE}/values/?q=每人每天"))
    assert "4 条" in changed
    assert "默认 1 条" in changed
    assert "push.quiet" not in changed
    assert "满 12 个月" in text(lin.get(f"{BASE}/values/?group=points"))
    assert "没有符合的设置" in text(lin.get(f"{BASE}/values/?q=nothing-like-it"))
    part = text(lin.get(f"{BASE}/values/?group=points", headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert "points.expiry" in part


def test_the_difference_is_read_before_it_is_saved(lin: Client, house: House) -> None:
    edit = f"{BASE}/values/edit/?group=push"
    form = SettingsForm.initial_of(specs_shown(group="push"), {})
    form |= {
        "values_push.per_day": "2",
        "values_push.quiet": "",
        "values_push.platform_rule": "weekly",
    }
    read = text(lin.post(edit, form))
    for word in ("1 条", "2 条", "22:00-08:00", "不设", "每月条数等于当月天数", "每周 7 条"):
        assert word in read
    assert "每人每周" not in read  # unchanged
    with tenant_scope(house.mumian):
        assert not SettingVersion.objects.exists()
    saved = lin.post(edit, {**form, "note": "春季", "version": "0"})
    assert (saved.status_code, saved.headers["Location"]) == (302, f"{BASE}/values/")
    with tenant_scope(house.mumian):
        row = SettingVersion.objects.get()
    assert (row.note, row.author_label) == ("春季", "林晓")
    assert row.after == {"push.per_day": 2, "push.quiet": "", "push.platform_rule": "weekly"}
    assert shop().settings == row.after


def test_whoever_saves_second_is_told(lin: Client, house: House) -> None:
    edit = f"{BASE}/values/edit/?key=push.per_day"
    tenant_settings_update(tenant_id=house.mumian.pk, values={"push.per_week": 9})
    late = lin.post(edit, {"values_push.per_day": "2", "version": "0"})
    assert late.status_code == 422
    assert "其他人刚刚修改了设置" in late.content.decode()
    assert "push.per_day" not in shop().settings


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ("push.per_day", {"values_push.per_day": "101"}),
        ("push.quiet", {"values_push.quiet": "22:00"}),
        ("points.expiry", {"values_points.expiry__kind": "sometimes"}),
        ("points.expiry", {"values_points.expiry__kind": "months"}),
        ("points.expiry", {"values_points.expiry__kind": "months", "values_points.expiry__months": "0"}),
        ("points.expiry", {
            "values_points.expiry__kind": "fixed", "values_points.expiry__years": "1",
            "values_points.expiry__month": "2", "values_points.expiry__day": "30",
        }),
        ("overview.gmv_target_fen", {"values_overview.gmv_target_fen": "1.234"}),
        ("rfm.cuts", {"values_rfm.cuts__r": "30, 20", "values_rfm.cuts__f": "x", "values_rfm.cuts__m": "1"}),
    ],
)  # fmt: skip
def test_a_bad_value_stays_on_the_form(lin: Client, house: House, key: str, data: Any) -> None:
    refused = lin.post(f"{BASE}/values/edit/?key={key}", data, headers=HTMX)
    assert refused.status_code == 422
    assert "将要保存的变化" not in refused.content.decode()
    assert shop().settings == {}


def test_money_and_tables_are_typed_as_people_write_them(lin: Client, house: House) -> None:
    target = {"values_overview.gmv_target_fen": "1200000.50", "version": "0"}
    assert lin.post(f"{BASE}/values/edit/?key=overview.gmv_target_fen", target).status_code == 302
    cuts = {
        "values_rfm.cuts__r": "7, 30，60、120",
        "values_rfm.cuts__f": "2, 3, 5, 8",
        "values_rfm.cuts__m": "10000, 20000, 50000, 100000",
        "version": "1",
    }
    assert lin.post(f"{BASE}/values/edit/?key=rfm.cuts", cuts).status_code == 302
    assert shop().settings["overview.gmv_target_fen"] == 120_000_050
    assert shop().settings["rfm.cuts"]["r"] == [7, 30, 60, 120]
    body = text(lin.get(f"{BASE}/values/?group=analytics"))
    assert "¥1,200,000.50" in body
    assert "距上次消费 7 / 30 / 60 / 120" in body


def test_how_points_lapse_is_asked_for_in_words(lin: Client, house: House) -> None:
    edit, name = f"{BASE}/values/edit/?key=points.expiry", "values_points.expiry__"
    asked = text(lin.get(edit))
    assert "months 12" not in asked
    assert "满几个月后的月末过期" in asked
    assert f'data-when="{name}kind months month_end"' in asked
    missing = lin.post(edit, {f"{name}kind": "month_end"}).content.decode()
    assert f'id="id_{name}months_error"' in missing
    month_end = {f"{name}kind": "month_end", f"{name}months": "18", f"{name}day": "5"}
    read = text(lin.post(edit, month_end))
    for word in ("满 12 个月", "满 18 个月的月末", f'name="{name}months" value="18"'):
        assert word in read
    assert lin.post(edit, {**month_end, "version": "0"}).status_code == 302
    assert shop().settings == {"points.expiry": "month_end 18"}
    fixed = {f"{name}kind": "fixed", f"{name}years": "1", f"{name}month": "3", f"{name}day": "1"}
    assert lin.post(edit, {**fixed, "version": "1"}).status_code == 302
    assert shop().settings == {"points.expiry": "fixed 03-01 +1"}
    assert 'value="3"' in text(lin.get(edit))
    assert lin.post(edit, {f"{name}kind": "none", "version": "2"}).status_code == 302
    assert shop().settings == {"points.expiry": "none"}


def test_history_leads_back(lin: Client, house: House) -> None:
    for value in (2, 5):
        tenant_settings_update(tenant_id=house.mumian.pk, values={"push.per_day": value})
    drawer = text(lin.get(f"{BASE}/values/history/?key=push.per_day", headers=HTMX))
    assert "版本 2" in drawer
    assert "<html" not in drawer
    preview = text(lin.get(f"{BASE}/values/restore/1/", headers=HTMX))
    assert "5 条" in preview
    assert "2 条" in preview
    done = lin.post(f"{BASE}/values/restore/1/", {"note": "退回", "version": "2"}, headers=HTMX)
    assert done.status_code == 204
    assert shop().settings == {"push.per_day": 2}
    assert lin.get(f"{BASE}/values/restore/99/").status_code == 404


def test_a_guarded_switch_sends_people_to_the_warning_first(lin: Client, house: House) -> None:
    edit = f"{BASE}/values/edit/?key=dist.levels"
    blocked = text(lin.post(edit, {"values_dist.levels": "2"}))
    assert "要有人先阅读并确认" in blocked
    assert "disabled" in blocked
    refused = lin.post(edit, {"values_dist.levels": "2", "version": "0"})
    assert refused.status_code == 422
    assert shop().settings == {}
    page = text(lin.get(f"{BASE}/acknowledgements/"))
    assert "禁止传销条例" in page
    assert "未确认" in page
    give = f"{BASE}/acknowledgements/dist.second_level/"
    assert lin.post(give, {"text_version": "1"}).status_code == 422
    assert lin.post(give, {"text_version": "1", "is_read": "on"}).status_code == 302
    with tenant_scope(house.mumian):
        given = Acknowledgement.objects.get()
        assert AuditLog.objects.filter(action="acknowledgement.given").count() == 1
    assert (given.author_label, given.text_version) == ("林晓", 1)
    assert "禁止传销条例" in given.text
    assert "林晓" in text(lin.get(f"{BASE}/acknowledgements/"))
    assert lin.post(edit, {"values_dist.levels": "2", "version": "0"}).status_code == 302
    assert shop().settings == {"dist.levels": 2}
    assert lin.post(edit, {"values_dist.levels": "3", "version": "1"}).status_code == 422


def test_a_switched_off_module_can_be_taken_back(lin: Client, house: House) -> None:
    assert "人群" in text(lin.get(f"{BASE}/modules/"))
    off = lin.post(f"{BASE}/modules/tags.segments/off/", follow=True)
    assert "/console/mumian/segments/list/" not in off.content.decode()
    assert shop().settings == {"flag.tags.segments": False}
    body = off.content.decode()
    undo = body[body.index("/console/mumian/undo/") :].split('"')[0]
    lin.post(undo)
    assert shop().settings == {}
    assert lin.post(f"{BASE}/modules/no.such/off/").status_code == 404
    assert lin.post(f"{BASE}/modules/tags.segments/maybe/").status_code == 404


def test_the_profile_fixes_its_currency_with_the_first_order(lin: Client, house: House) -> None:
    data = {"name": "木棉", "color": "#0a7d43", "timezone": "Asia/Tokyo", "currency": "HKD"}
    data["industry"] = "medical_beauty"
    read = text(lin.post(f"{BASE}/brand/", data))
    for word in ("木棉家纺", "Asia/Tokyo", "医美", "HKD"):
        assert word in read
    assert lin.post(f"{BASE}/brand/", {**data, "version": "0"}).status_code == 302
    assert (shop().currency, shop().industry) == ("HKD", "medical_beauty")
    assert "医美与整形医院必须开启" in text(lin.get(f"{BASE}/modules/"))
    assert lin.post(f"{BASE}/modules/content.medical_guard/off/").status_code == 302
    assert shop().settings == {}
    with tenant_scope(shop()):
        order(external_id="1")
    assert "已有订单，币种不能再改" in text(lin.get(f"{BASE}/brand/"))
    lin.post(f"{BASE}/brand/", {**data, "currency": "USD", "name": "木棉二", "version": "1"})
    assert (shop().currency, shop().name) == ("HKD", "木棉二")


def test_channels_are_named_archived_and_brought_back(lin: Client, house: House) -> None:
    base = "/console/mumian/acquisition/channels"
    listed = text(lin.get(f"{base}/"))
    for word in ("企业微信", "公众号（公域）", "小红书", "微信生态"):
        assert word in listed
    made = lin.post(f"{base}/new/", {"name": "春季展会", "code": "fair", "kind": "own"})
    assert made.status_code == 302
    taken = lin.post(f"{base}/new/", {"name": "x", "code": "fair", "kind": "own"}, headers=HTMX)
    assert (taken.status_code, "已被使用" in taken.content.decode()) == (422, True)
    with tenant_scope(house.mumian):
        fair = Channel.objects.get(code="fair")
    lin.post(f"{base}/{fair.public_id}/edit/", {"name": "秋季展会", "kind": "public"})
    lin.post(f"{base}/{fair.public_id}/off/")
    assert "秋季展会" in text(lin.get(f"{base}/?state=archived"))
    assert "秋季展会" not in text(lin.get("/console/mumian/members/new/"))
    lin.post(f"{base}/{fair.public_id}/on/")
    assert "秋季展会" in text(lin.get("/console/mumian/members/new/"))


def test_who_may_only_read_changes_nothing(client: Client, house: House) -> None:
    client.force_login(house.wang, backend="django.contrib.auth.backends.ModelBackend")
    body = text(client.get(f"{BASE}/values/"))
    assert "修改" not in body.split('<div id="settings">')[1]
    for path in ("values/edit/?key=push.per_day", "values/restore/1/", "brand/"):
        assert client.post(f"{BASE}/{path}", {"version": "0"}).status_code == 403
    assert client.post(f"{BASE}/modules/tags.segments/off/").status_code == 403
    assert client.post(f"{BASE}/acknowledgements/dist.second_level/").status_code == 403
