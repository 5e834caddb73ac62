"""The platform's desk: who gets in, every address of it, and what entering a brand leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from scrm.access.keys import api_key_create
from scrm.access.models import (
    ApiKey,
    Invitation,
    Membership,
    Operator,
    PlatformEntry,
    SecondFactor,
)
from scrm.access.permissions import ROLES
from scrm.access.services import membership_grant
from scrm.access.signin.sessions import PROVEN
from scrm.core import clock
from scrm.events.actor import VisitRefused
from scrm.events.models import AuditLog
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.webhooks.models import WebhookEndpoint
from scrm.webhooks.types import WEBHOOK_TYPES
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def operator(name: str, *, is_staff: bool = False, has_factor: bool = False) -> Operator:
    made = Operator.objects.create_user(email=f"{name}@example.com", password=None, name=name)
    if is_staff:
        call_command("platform_staff", email=made.email, verbosity=0)
        made.refresh_from_db()
    if has_factor:
        SecondFactor.objects.create(operator=made, secret="S", confirmed_at=clock.now())
    return made


def browser(who: Operator | None, *, has_shown: bool = False) -> Client:
    client = Client()
    if who is not None:
        client.force_login(who, backend=BACKEND)
        if has_shown:
            session = client.session
            session[PROVEN] = clock.now().isoformat()
            session.save()
    return client


@pytest.fixture
def staff(db: None) -> Client:
    return browser(operator("ping", is_staff=True, has_factor=True), has_shown=True)


def desk_addresses(pk: int) -> list[str]:
    """Every address of the desk, about the object with this key where one is named."""

    def walk(resolver: URLResolver) -> Iterator[URLPattern]:
        for found in resolver.url_patterns:
            if isinstance(found, URLResolver):
                yield from walk(found)
            else:
                yield found

    [desk] = [found for found in get_resolver().url_patterns if str(found.pattern) == "platform/"]
    found = []
    for pattern in walk(desk):
        if not pattern.name:
            continue  # old addresses that lead on, and the catch-all
        names = pattern.pattern.converters
        values: dict[str, Any] = dict.fromkeys(names, pk) | {
            name: "access" for name in names if name == "app_label"
        }
        try:
            found.append(reverse(f"platform:{pattern.name}", kwargs=values))
        except NoReverseMatch:  # the list of an app is a pattern of its own kind
            found.append(reverse(f"platform:{pattern.name}", args=["access"]))
    return sorted(set(found))


def test_the_desk_is_shut_to_everybody_but_staff_with_a_second_factor(db: None) -> None:
    brand = new_tenant()
    addresses = [
        address
        for address in desk_addresses(brand.pk)
        if "/login/" not in address and "/jsi18n/" not in address
    ]
    assert len(addresses) > 15
    people: dict[str, Client] = {"nobody": browser(None)}
    for role in ROLES:
        who = operator(f"role-{role}", has_factor=True)
        membership_grant(operator=who, tenant=brand, roles=[role])
        people[role] = browser(who, has_shown=True)
    people["staff without a factor"] = browser(operator("bare", is_staff=True))
    people["staff who has not shown it"] = browser(operator("half", is_staff=True, has_factor=True))
    faults = []
    for name, client in people.items():
        for address in addresses:
            for got in (client.get(address), client.post(address)):
                if got.status_code == 200 or brand.name in got.content.decode():
                    faults.append(f"{name} at {address}: {got.status_code}")
    assert faults == []


def test_who_is_not_of_the_platform_finds_nothing_behind_the_door(db: None) -> None:
    brand = new_tenant()
    admin = operator("admin", has_factor=True)
    membership_grant(operator=admin, tenant=brand, roles=["tenant_admin"])
    here = browser(admin, has_shown=True)
    assert here.get("/platform/", follow=True).status_code == 404
    nobody = browser(None).get("/platform/", follow=True)
    assert nobody.redirect_chain[-1][0].startswith("/console/sign-in/")
    bare = browser(operator("bare", is_staff=True)).get("/platform/login/")
    assert bare["Location"] == reverse("console:account-second-factor")


def test_staff_see_brands_and_people_and_suspend_a_brand_on_the_record(staff: Client) -> None:
    brand = new_tenant()
    for address in (
        "",
        "tenants/tenant/",
        "access/operator/",
        "access/membership/",
        "access/platformentry/",
    ):
        assert staff.get(f"/platform/{address}").status_code == 200, address
    changed = staff.post(f"/platform/tenants/tenant/{brand.pk}/change/", {"status": "suspended"})
    assert changed.status_code == 302
    assert Tenant.objects.get(pk=brand.pk).status == "suspended"
    assert LogEntry.objects.count() == 1
    with tenant_scope(brand):
        row = AuditLog.objects.get(action="platform.tenant_status")
    assert (row.actor_label, row.after) == ("ping (platform)", {"status": "suspended"})


def test_shutting_a_person_is_written_into_the_log_of_every_brand_they_serve(
    staff: Client,
) -> None:
    ann, brands = operator("ann"), [new_tenant() for _turn in range(3)]
    for brand in brands:
        membership_grant(operator=ann, tenant=brand, roles=["analyst"])
    Membership.objects.filter(tenant=brands[2]).update(deactivated_at=clock.now())
    desk = f"/platform/access/operator/{ann.pk}/change/"
    staff.post(desk, {"is_active": "on"})  # nothing changed, nothing to tell
    for data in ({}, {"is_active": "on"}):
        assert staff.post(desk, data).status_code == 302
        assert Operator.objects.get(pk=ann.pk).is_active is bool(data)
    told = []
    for brand in brands:
        with tenant_scope(brand):
            rows = AuditLog.objects.filter(action="platform.operator_status").order_by("at")
            told.append([(row.actor_label, row.object_id, row.after) for row in rows])
    line = ("ping (platform)", ann.public_id)
    both = [(*line, {"is_active": False}), (*line, {"is_active": True})]
    assert told == [both, both, []], "a brand that put her out long ago hears nothing"


def test_nothing_is_added_or_deleted_by_hand(staff: Client) -> None:
    brand = new_tenant()
    for address in (
        "tenants/tenant/add/",
        f"tenants/tenant/{brand.pk}/delete/",
        "access/operator/add/",
        "access/membership/add/",
    ):
        assert staff.post(f"/platform/{address}", {"post": "yes"}).status_code == 403, address
    assert Tenant.objects.filter(pk=brand.pk).exists()


def test_entering_a_brand_wants_a_reason_and_is_written_into_its_log(staff: Client) -> None:
    brand = new_tenant()
    enter, home = f"/platform/tenants/tenant/{brand.pk}/enter/", f"/console/{brand.slug}/audit/"
    assert staff.get(home).status_code == 404, "the control: without an entry the brand is shut"
    assert staff.post(enter, {"role": "read_only", "reason": "look"}).status_code == 200
    assert staff.post(enter, {"role": "finance", "reason": "long enough"}).status_code == 200
    assert staff.get(home).status_code == 404
    got = staff.post(enter, {"role": "read_only", "reason": "ticket 4711: lists are slow"})
    assert got["Location"] == f"/console/{brand.slug}/"
    assert staff.get(f"/console/{brand.slug}/members/list/").status_code == 200
    assert staff.get(home).status_code == 403, "who only reads sees no audit log"
    with tenant_scope(brand):
        row = AuditLog.objects.get(action="platform.entered")
    assert row.actor_label == "ping (platform)"
    assert row.after["reason"] == "ticket 4711: lists are slow"
    assert row.after["role"] == "read_only"


def test_an_entry_ends_by_itself_and_by_hand(staff: Client) -> None:
    brand = new_tenant()
    address = f"/console/{brand.slug}/members/list/"
    enter = f"/platform/tenants/tenant/{brand.pk}/enter/"
    told = {"role": "tenant_admin", "reason": "repair the binding"}
    staff.post(enter, told)
    assert staff.get(f"/console/{brand.slug}/audit/").status_code == 200
    entry = PlatformEntry.objects.get()
    staff.post(
        "/platform/access/platformentry/", {"action": "leave", "_selected_action": [entry.pk]}
    )
    assert staff.get(address).status_code == 404
    staff.post(enter, told)
    assert staff.get(address).status_code == 200
    PlatformEntry.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert staff.get(address).status_code == 404
    with tenant_scope(brand):
        assert AuditLog.objects.filter(action="platform.left").count() == 1


def test_a_visit_leaves_nothing_that_outlasts_the_hour(staff: Client) -> None:
    brand = new_tenant()
    ann = operator("ann")
    membership_grant(operator=ann, tenant=brand, roles=["analyst"])
    with tenant_scope(brand):
        key = api_key_create(name="erp", scopes=["members.view"]).key.public_id
    told = {"role": "tenant_admin", "reason": "repair the binding"}
    staff.post(f"/platform/tenants/tenant/{brand.pk}/enter/", told)
    place = {"roles": "finance", "reach": "all", "whose": "all"}
    named = {"name": "x", "mode": "live", "reach": "some", "scopes": "members.view"}
    forms: dict[str, dict[str, str]] = {
        "settings/keys/new/": named,
        f"settings/keys/{key}/edit/": named,
        f"settings/keys/{key}/rotate/": {"overlap_hours": "24"},
        "people/invite/": {"email": "mallory@example.com", **place},
        f"people/{ann.public_id}/": place,
        "settings/webhooks/new/": {
            "url": "https://hooks.example.com/",
            "types": next(iter(WEBHOOK_TYPES)),
        },
    }
    for address, data in forms.items():
        answer = staff.post(f"/console/{brand.slug}/{address}", data)
        assert answer.status_code == 422, address
        assert "平台人员进入品牌期间不能" in answer.content.decode(), address
    assert VisitRefused.code == "platform_visit"
    assert list(Membership.objects.values_list("roles", flat=True)) == [["analyst"]]
    with tenant_scope(brand):
        assert ApiKey.objects.count() == 1
        assert not Invitation.objects.exists()
        assert not WebhookEndpoint.objects.exists()
    staff.post(f"/console/{brand.slug}/people/{ann.public_id}/activate/")
    assert (
        "平台人员进入品牌期间不能" in staff.get(f"/console/{brand.slug}/people/").content.decode()
    )
    # The controls: what takes rights away goes on, and the brand's own people are not held up.
    assert staff.post(f"/console/{brand.slug}/settings/keys/{key}/revoke/", {}).status_code == 302
    admin = operator("admin", has_factor=True)
    membership_grant(operator=admin, tenant=brand, roles=["tenant_admin"])
    staff.post(f"/console/{brand.slug}/people/{ann.public_id}/deactivate/")
    assert Membership.objects.get(operator=ann).deactivated_at is not None
    own = browser(admin, has_shown=True)
    made = own.post(f"/console/{brand.slug}/people/invite/", forms["people/invite/"])
    assert made.status_code == 302


def test_the_command_names_only_people_who_exist(db: None) -> None:
    with pytest.raises(CommandError, match="no operator"):
        call_command("platform_staff", email="who@example.com")
    who = operator("ping", is_staff=True)
    call_command("platform_staff", email=who.email, end=True, verbosity=0)
    who.refresh_from_db()
    assert not who.is_platform_staff
