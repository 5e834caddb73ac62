"""A store manager sees her department's customers and nobody else's: console, search, API, files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.rules import Profile
from members.people.selectors import member_get, members_listed
from members.segments.services import segment_create
from scrm.access.keys import api_key_create
from scrm.access.models import ApiKey, Membership, Operator
from scrm.access.scope import Scope, scope_checked, scope_choices, scope_entered, scope_of
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.core.errors import InvalidValue, NotFound
from scrm.files.exports import EXPORTS
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.wecom.models import Department, ExternalContact, FollowRelation, Staff, WeComCorp
from tests.factories.members import START
from tests.support.api import ApiClient, client, tenant

pytestmark = pytest.mark.db
TREE = ((1, "总部", 0), (2, "东区", 1), (3, "静安店", 2), (4, "徐汇店", 1))
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass
class Shop:
    """Two departments; Chen is Li's friend in the first, Zhou is Wang's in the second, Wu is nobody's."""

    brand: Tenant
    department: str
    li: Staff
    members: dict[str, str]
    orders: dict[str, str]

    def manager(self, *, roles: list[str] | None = None, **scope: list[str]) -> Operator:
        who = Operator.objects.create_user(email="manager@example.com", password=None, name="Luo")
        membership_grant(operator=who, tenant=self.brand, roles=roles or ["member_ops"])
        Membership.objects.update(data_scope={"departments": [], "staff": [], **scope})
        return who


@pytest.fixture
def shop(db: None) -> Shop:
    brand = tenant()
    with tenant_scope(brand):
        corp = WeComCorp.objects.create(
            corp_id="ww1", name="c", agent_id=1, secret="s", token="t", aes_key="k"
        )
        people = {
            userid: Staff.objects.create(
                corp=corp, userid=userid, name=userid, departments=[number], is_contact=True
            )
            for userid, number in (("li", 3), ("wang", 4))
        }
        members = {}
        for name, userid in (("Chen", "li"), ("Zhou", "wang"), ("Wu", "")):
            found = identity_resolve(
                claims=[
                    Claim("external_userid", f"wm{name}", "ww1"),
                    Claim("phone", f"1380000{len(members):04d}"),
                ],
                source="tmall",
                occurred_at=START,
                profile=Profile(display_name=name),
            )
            members[name] = found.public_id
            contact = ExternalContact.objects.create(corp=corp, external_userid=f"wm{name}")
            if userid:
                befriend(corp, contact, people[userid])
        return Shop(
            brand=brand,
            department=f"{corp.public_id}:3",
            li=people["li"],
            members=members,
            orders={},
        )


def befriend(corp: WeComCorp, contact: ExternalContact, staff: Staff) -> None:
    FollowRelation.objects.create(
        corp=corp, contact=contact, staff=staff, state="active", event_at=clock.now()
    )


def signed_in(who: Operator) -> Client:
    browser = Client()
    browser.force_login(who, backend=BACKEND)
    return browser


def names_in(text: str) -> set[str]:
    return {name for name in ("Chen", "Zhou", "Wu") if name in text}


def test_a_manager_sees_her_departments_customers_in_the_console(shop: Shop) -> None:
    browser = signed_in(shop.manager(departments=[shop.department]))
    base = f"/console/{shop.brand.slug}"
    assert names_in(browser.get(f"{base}/members/list/").content.decode()) == {"Chen"}
    assert names_in(browser.get(f"{base}/search/?q=Zhou").content.decode()) <= {"Zhou"}
    assert shop.members["Zhou"] not in browser.get(f"{base}/search/?q=Zhou").content.decode()
    mine, other = shop.members["Chen"], shop.members["Zhou"]
    assert browser.get(f"{base}/members/{mine}/").status_code == 200
    for address in ("", "edit/", "phone/"):
        assert browser.get(f"{base}/members/{other}/{address}").status_code == 404, address
    posted = browser.post(f"{base}/members/{other}/phone/", {"reason": "curious"})
    assert posted.status_code == 404
    tagged = browser.post(f"{base}/members/tag/?ids={mine},{other}", {"tags": "vip"})
    assert tagged.status_code == 302
    with tenant_scope(shop.brand):
        from members.tags.models import MemberTag

        assert [row.member.public_id for row in MemberTag.objects.all()] == [mine]


def test_the_control_without_a_scope_everybody_is_seen(shop: Shop) -> None:
    who = shop.manager()
    Membership.objects.update(data_scope=None)
    page = signed_in(who).get(f"/console/{shop.brand.slug}/members/list/")
    assert names_in(page.content.decode()) == {"Chen", "Zhou", "Wu"}


def test_what_reaches_the_whole_brand_is_shut(shop: Shop) -> None:
    """Even an administrator's roles give a limited person nothing that cannot be narrowed."""
    browser = signed_in(shop.manager(roles=["tenant_admin"], departments=[shop.department]))
    base = f"/console/{shop.brand.slug}"
    for address in (
        "communities/pushes/",
        "analytics/overview/",
        "audit/",
        "people/",
        "approvals/",
    ):
        assert browser.get(f"{base}/{address}").status_code == 403, address
    made = browser.post(f"{base}/members/new/", {"phone": "13811112222", "source": "store"})
    assert made.status_code == 403


def test_a_scope_by_staff_an_ended_friendship_and_an_empty_scope(shop: Shop) -> None:
    who = shop.manager(staff=[shop.li.public_id])
    with tenant_scope(shop.brand):
        with scope_entered(scope_of(who, shop.brand)):
            assert [found.display_name for found in members_listed()] == ["Chen"]
            assert member_get(shop.members["Chen"]).display_name == "Chen"
            with pytest.raises(NotFound):
                member_get(shop.members["Wu"])
        FollowRelation.objects.update(state="deleted", deleted_by="customer")
        with scope_entered(scope_of(who, shop.brand)):
            assert list(members_listed()) == []
        with scope_entered(Scope(is_everything=False)):
            assert list(members_listed()) == []
        assert members_listed().count() == 3, "workers see everybody"
    stranger = Operator.objects.create_user(email="x@example.com", password=None)
    assert not scope_of(stranger, shop.brand).is_everything


def test_a_key_with_a_scope_sees_the_same_people(shop: Shop) -> None:
    with tenant_scope(shop.brand):
        made = api_key_create(name="store", scopes=["*"])
        ApiKey.objects.filter(pk=made.key.pk).update(
            data_scope={"departments": [shop.department], "staff": []}
        )
    limited, whole = ApiClient(made.secret), client(shop.brand)

    def told(asker: Any, path: str) -> Any:
        return asker.ask("GET", path)

    assert names_in(json.dumps(told(whole, "members").json())) == {"Chen", "Zhou", "Wu"}
    assert names_in(json.dumps(told(limited, "members").json())) == {"Chen"}
    assert told(limited, f"members/{shop.members['Chen']}").status_code == 200
    for path in (f"members/{shop.members['Zhou']}", f"members/{shop.members['Zhou']}/timeline"):
        assert told(limited, path).status_code == 404, path
        assert told(whole, path).status_code == 200, path
    body = {"identities": [{"type": "phone", "value": "13899990000"}]}
    assert limited.ask("POST", "members", body).status_code == 403
    for path in ("pushes", "keys", "audit", "people", "overview"):
        assert told(limited, path).status_code == 403, path


def test_the_size_of_an_audience_counts_the_brand_and_is_kept_from_the_limited(shop: Shop) -> None:
    with tenant_scope(shop.brand):
        made = api_key_create(name="store", scopes=["*"])
        everybody = segment_create(name="all", rule={"all": []})
        ApiKey.objects.filter(pk=made.key.pk).update(
            data_scope={"departments": [shop.department], "staff": []}
        )
        [exported] = EXPORTS["segments"].rows("")
        size = next(one for one in EXPORTS["segments"].columns() if one.key == "size")
        with scope_entered(Scope(is_everything=False)):
            assert size.read(exported) is None
        assert size.read(exported) == 3
    path = f"segments/{everybody.public_id}"
    assert client(shop.brand).ask("GET", path).json()["size"] == 3, "the control"
    limited = ApiClient(made.secret)
    assert limited.ask("GET", path).json()["size"] is None
    counted = limited.ask("POST", "segments/count", {"rule": {"all": []}}).json()
    assert counted["exact"]["members"] == 1, "what she counts herself are her own"
    page = signed_in(shop.manager(departments=[shop.department]))
    listed = page.get(f"/console/{shop.brand.slug}/segments/list/").content.decode()
    [row] = re.findall(r"<tr[^>]*>(?:(?!</tr>).)*segments/seg_.*?</tr>", listed, re.DOTALL)
    assert not re.search(r">\s*3\s*<", row), row


def test_only_known_departments_and_staff_are_taken(shop: Shop) -> None:
    with tenant_scope(shop.brand):
        choices = scope_choices()
        assert shop.department in dict(choices["departments"])
        good = {"departments": [shop.department], "staff": [shop.li.public_id]}
        assert scope_checked(good) == good
        assert scope_checked(None) is None
        for bad in ({"staff": ["stf_nobody"]}, {"departments": ["wcc_x:3"]}, {}):
            with pytest.raises(InvalidValue):
                scope_checked(bad)


@pytest.fixture
def named(shop: Shop) -> Shop:
    with tenant_scope(shop.brand):
        corp = WeComCorp.objects.get()
        for number, name, parent in TREE:
            Department.objects.create(corp=corp, number=number, name=name, parent=parent)
    return shop


@pytest.fixture
def admin(shop: Shop) -> Client:
    who = Operator.objects.create_user(email="admin@example.com", password=None, name="Ann")
    membership_grant(operator=who, tenant=shop.brand, roles=["tenant_admin"])
    return signed_in(who)


def staff_seen(shop: Shop, number: int) -> set[str]:
    key = f"{shop.department.partition(':')[0]}:{number}"
    with tenant_scope(shop.brand):
        ids = Scope(is_everything=False, departments=(key,)).staff_ids
        return set(Staff.objects.filter(pk__in=ids).values_list("userid", flat=True))


def test_departments_are_called_by_name_and_hold_those_below(named: Shop) -> None:
    with tenant_scope(named.brand):
        choices = scope_choices()
        assert [label for _key, label in choices["departments"]] == [
            "总部（2 人）",
            "东区（1 人）",
            "东区 / 静安店（1 人）",
            "徐汇店（1 人）",
        ]
        assert [label for _key, label in choices["staff"]] == ["li（静安店）", "wang（徐汇店）"]
    seen = [staff_seen(named, number) for number in (1, 2, 3, 4, 99)]
    assert seen == [{"li", "wang"}, {"li"}, {"li"}, {"wang"}, set()]
    with tenant_scope(named.brand):
        Department.objects.filter(number=2).update(parent=3)
        assert staff_seen(named, 2) == {"li"}, "a circle ends too"
        Department.objects.all().delete()
        assert dict(scope_choices()["departments"])[named.department] == "部门 3：li 等 1 人"
    assert staff_seen(named, 3) == {"li"}


def test_a_persons_scope_is_picked_and_told_by_name(named: Shop, admin: Client) -> None:
    who = named.manager()
    Membership.objects.update(data_scope=None)
    base = f"/console/{named.brand.slug}"
    form = admin.get(f"{base}/people/{who.public_id}/").content.decode()
    assert "东区 / 静安店（1 人）" in form
    sent = {"roles": "member_ops", "whose": "some", "departments": named.department}
    assert admin.post(f"{base}/people/{who.public_id}/", sent).status_code == 302
    assert Membership.objects.get(operator=who).data_scope == {
        "departments": [named.department],
        "staff": [],
    }
    corp = named.department.partition(":")[0]
    for address in ("people/", "audit/"):
        page = admin.get(f"{base}/{address}").content.decode()
        assert "静安店" in page, address
        assert corp not in page, address
    assert "整个品牌 → 静安店" in re.sub(
        r"<[^>]+>", "", admin.get(f"{base}/audit/").content.decode()
    )
    with tenant_scope(named.brand):
        Department.objects.filter(number=3).update(gone_at=clock.now())
    assert "静安店（已删除）" in admin.get(f"{base}/people/").content.decode()


def test_a_keys_scope_is_set_on_its_form_and_by_rest(named: Shop, admin: Client) -> None:
    base = f"/console/{named.brand.slug}/settings/keys/"
    wanted = {"name": "store", "mode": "live", "reach": "some", "scopes": ["members.view"]}
    none = admin.post(f"{base}new/", {**wanted, "whose": "some"})
    assert none.status_code == 422
    assert "至少选择一个部门或一位员工" in none.content.decode()
    made = admin.post(f"{base}new/", {**wanted, "whose": "some", "departments": named.department})
    [secret] = re.findall(
        r"sk_live_[0-9a-z]+_[0-9a-zA-Z_-]{40}", admin.get(made.headers["Location"]).content.decode()
    )[:1]
    asker = ApiClient(secret)
    assert names_in(json.dumps(asker.ask("GET", "members").json())) == {"Chen"}
    assert "静安店" in admin.get(base).content.decode()
    with tenant_scope(named.brand):
        key = ApiKey.objects.get()
    page = admin.get(f"{base}{key.public_id}/").content.decode()
    assert "静安店" in page
    assert "随数据范围" in page
    edit = admin.get(f"{base}{key.public_id}/edit/").content.decode()
    assert re.search(rf'value="{named.department}"[^>]* checked', edit)
    owner = client(named.brand)
    shown = owner.ask("GET", f"keys/{key.public_id}").json()["data_scope"]
    assert shown == {"departments": [named.department], "staff": []}
    everybody = owner.ask("PATCH", f"keys/{key.public_id}", {"data_scope": None})
    assert everybody.json()["data_scope"] is None
    assert names_in(json.dumps(asker.ask("GET", "members").json())) == {"Chen", "Zhou", "Wu"}
    listed = {
        one["label"].partition(" ")[0]: one["id"]
        for one in owner.ask("GET", "departments").json()["data"]
    }
    body = {"name": "by rest", "scopes": ["members.view"]}
    chosen = {"departments": [listed["徐汇店"]], "staff": []}
    made = owner.ask("POST", "keys", {**body, "data_scope": chosen}).json()
    found = ApiClient(made["secret"]).ask("GET", "members").json()
    assert names_in(json.dumps(found)) == {"Zhou"}
    unknown = {"departments": ["wcc_x:3"]}
    refused = owner.ask("POST", "keys", {**body, "data_scope": unknown})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_value")
