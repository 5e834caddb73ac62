"""People of a brand: invited by mail, changed, shut out, with one administrator left and nobody over-generous."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scrm.access.keys import api_key_revoke
from scrm.access.models import ApiKey, Invitation, Mail, Membership, Operator
from scrm.access.people.invitations import (
    InviterNotEntitled,
    invitation_accept,
    invitation_make,
)
from scrm.access.people.services import (
    LastAdministrator,
    RoleNotHeld,
    person_change,
    person_deactivate,
    person_patch,
)
from scrm.access.permissions import rights_of
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.models import AuditLog
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.support.api import client as api_client
from tests.support.api import tenant

pytestmark = pytest.mark.db
BACKEND = "django.contrib.auth.backends.ModelBackend"
NEW = {"name": "新同事", "password": "a long enough one 7", "again": "a long enough one 7"}


def person(brand: Tenant, name: str, *roles: str) -> Operator:
    made = Operator.objects.create_user(email=f"{name}@example.com", password=None, name=name)
    membership_grant(operator=made, tenant=brand, roles=list(roles))
    return made


def signed_in(who: Operator) -> Client:
    browser = Client()
    browser.force_login(who, backend=BACKEND)
    return browser


@pytest.fixture
def brand(db: None) -> Tenant:
    return tenant()


@pytest.fixture
def admin(brand: Tenant) -> Client:
    return signed_in(person(brand, "ann", "tenant_admin"))


def link_in_the_letter() -> str:
    letter = Mail.objects.filter(kind="invitation").order_by("-pk")[0]
    [found] = re.findall(r"https?://\S+(/console/join/\S+)", letter.body)
    return str(found)


def invite(admin: Client, brand: Tenant, email: str = "new@example.com", **data: Any) -> Any:
    told = {"email": email, "roles": "member_ops", "whose": "all", **data}
    return admin.post(f"/console/{brand.slug}/people/invite/", told)


def roles_of(brand: Tenant, email: str) -> list[str]:
    return list(Membership.objects.get(tenant=brand, operator__email=email).roles)


# ------------------------------------------------------------------------------------- invitations
def test_who_is_invited_sets_a_name_and_a_password_once(admin: Client, brand: Tenant) -> None:
    assert invite(admin, brand).status_code == 302
    link, guest = link_in_the_letter(), Client()
    page = guest.get(link)
    # `no-referrer` would keep browsers from posting the form: they send `Origin: null` then.
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "new@example.com" in page.content.decode()
    weak = guest.post(link, {**NEW, "password": "short", "again": "short"})
    assert weak.status_code == 422
    apart = guest.post(link, {**NEW, "again": "something else 9"})
    assert apart.status_code == 422
    assert not Operator.objects.filter(email="new@example.com").exists()
    assert guest.post(link, NEW).status_code == 302
    made = Operator.objects.get(email="new@example.com")
    assert made.name == "新同事"
    assert made.check_password(NEW["password"])
    assert roles_of(brand, made.email) == ["member_ops"]
    assert guest.get(link).status_code == guest.post(link, NEW).status_code == 410
    with tenant_scope(brand):
        joined = AuditLog.objects.get(action="people.joined")
    assert (joined.actor_label, joined.after["roles"]) == ("新同事", ["member_ops"])
    signed = guest.post(
        "/console/sign-in/", {"username": made.email, "password": NEW["password"]}, follow=True
    )
    assert brand.name in signed.content.decode()


def test_a_change_by_parts_reads_the_rest_under_the_lock(brand: Tenant) -> None:
    """Roles taken away meanwhile must not come back with a change of the data scope."""
    bob = person(brand, "bob", "finance")
    with tenant_scope(brand), CaptureQueriesContext(connection) as asked:
        person_patch(public_id=bob.public_id, changes={"data_scope": None}, granted_by=["*"])
    first = next(one["sql"] for one in asked if 'FROM "access_membership"' in one["sql"])
    assert "FOR UPDATE" in first


def test_who_has_an_account_only_gains_the_brand(admin: Client, brand: Tenant) -> None:
    known = Operator.objects.create_user(email="old@example.com", password="their own 12345")
    assert invite(admin, brand, known.email).status_code == 302
    link, guest = link_in_the_letter(), Client()
    assert 'type="password"' not in guest.get(link).content.decode()
    assert guest.post(link, NEW).status_code == 302
    known.refresh_from_db()
    assert known.check_password("their own 12345"), "the link sets no password of a known person"
    assert roles_of(brand, known.email) == ["member_ops"]


@pytest.mark.parametrize("end", ["late", "revoked", "sent again", "other brand"])
def test_a_link_that_ended_opens_nothing(admin: Client, brand: Tenant, end: str) -> None:
    invite(admin, brand)
    link, base = link_in_the_letter(), f"/console/{brand.slug}/people/invitations"
    with tenant_scope(brand):
        row = Invitation.objects.get()
        if end == "late":
            Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
        Invitation.objects.update(sent_at=clock.now() - timedelta(hours=1))
    if end == "revoked":
        assert admin.post(f"{base}/{row.public_id}/revoke/").status_code == 302
    if end == "sent again":
        assert admin.post(f"{base}/{row.public_id}/send/").status_code == 302
        assert Client().get(link_in_the_letter()).status_code == 200, "the new link opens"
    if end == "other brand":
        link = link.replace(brand.slug, tenant().slug)
    assert Client().post(link, NEW).status_code == 410
    assert not Operator.objects.filter(email="new@example.com").exists()


def test_the_link_goes_to_the_mailbox_and_nowhere_else(admin: Client, brand: Tenant) -> None:
    """Who could read it here could set the password of somebody who later joins another brand."""
    answer = invite(admin, brand)
    token = link_in_the_letter().rstrip("/").rsplit("/", 1)[-1]
    listed = admin.get(f"/console/{brand.slug}/people/invitations/").content.decode()
    api = api_client(brand).ask("GET", "invitations").content.decode()
    with tenant_scope(brand):
        kept = str(list(Invitation.objects.values())) + str(list(AuditLog.objects.values()))
    for text in (answer.content.decode(), listed, api, kept):
        assert token not in text


def test_a_mailbox_is_invited_once(admin: Client, brand: Tenant) -> None:
    invite(admin, brand)
    assert invite(admin, brand, "NEW@example.com").status_code == 422
    assert invite(admin, brand, "ann@example.com").status_code == 422
    assert Mail.objects.filter(kind="invitation").count() == 1


@pytest.mark.parametrize("fall", ["demoted", "limited", "shut", "closed", "unknown"])
def test_an_invitation_falls_with_the_right_of_who_sent_it(
    admin: Client, brand: Tenant, fall: str
) -> None:
    invite(admin, brand)
    link, guest, ann = link_in_the_letter(), Client(), Membership.objects.get()
    other = signed_in(person(brand, "olga", "tenant_admin"))
    assert guest.get(link).status_code == 200, "the control: until then it opens"
    if fall == "demoted":
        ann.roles = ["private_domain_lead"]
    if fall == "limited":
        ann.data_scope = {"staff": ["x"], "departments": []}
    if fall == "shut":
        ann.deactivated_at = clock.now()
    ann.save()
    if fall == "closed":
        Operator.objects.filter(pk=ann.operator_id).update(is_active=False)
    with tenant_scope(brand):
        row = Invitation.objects.get()
        Invitation.objects.update(sent_at=clock.now() - timedelta(hours=1))
        if fall == "unknown":  # sent by a release that did not keep who
            Invitation.objects.update(inviter="")
        with pytest.raises(InviterNotEntitled) as refused:
            invitation_accept(token=link.rstrip("/").rsplit("/", 1)[-1])
    assert refused.value.code == "inviter_not_entitled"
    for answer in (guest.get(link), guest.post(link, NEW)):
        assert answer.status_code == 409
        assert "邀请人已不再有权" in answer.content.decode()
    assert not Operator.objects.filter(email="new@example.com").exists()
    # Whoever sends it again answers for it.
    sent = other.post(f"/console/{brand.slug}/people/invitations/{row.public_id}/send/")
    assert sent.status_code == 302
    assert guest.post(link_in_the_letter(), NEW).status_code == 302
    assert roles_of(brand, "new@example.com") == ["member_ops"]


def test_an_invitation_of_a_key_falls_with_the_key(brand: Tenant) -> None:
    person(brand, "ann", "tenant_admin")
    key, guest = api_client(brand), Client()
    for number, right in enumerate(("open", "revoked")):
        body = {"email": f"k{number}@example.com", "roles": ["member_ops"]}
        assert key.ask("POST", "invitations", body).status_code == 201
        if right == "revoked":
            with tenant_scope(brand):
                api_key_revoke(public_id=ApiKey.objects.get().public_id)
        status = guest.post(link_in_the_letter(), NEW).status_code
        assert status == (302 if right == "open" else 409), right


# ------------------------------------------------------------------------------------- roles
def test_the_last_administrator_stays(admin: Client, brand: Tenant) -> None:
    ann = Operator.objects.get(email="ann@example.com")
    held = ["*"]
    with tenant_scope(brand):
        with pytest.raises(LastAdministrator):
            person_deactivate(public_id=ann.public_id, granted_by=held)
        with pytest.raises(LastAdministrator):
            person_change(
                public_id=ann.public_id, roles=["analyst"], data_scope=None, granted_by=held
            )
        bob = person(brand, "bob", "tenant_admin")
        Operator.objects.filter(pk=bob.pk).update(is_active=False)
        with pytest.raises(LastAdministrator):
            person_deactivate(public_id=ann.public_id, granted_by=held)
        Operator.objects.filter(pk=bob.pk).update(is_active=True)
        person_deactivate(public_id=ann.public_id, granted_by=held)
        with pytest.raises(LastAdministrator):
            person_deactivate(public_id=bob.public_id, granted_by=held)
    assert admin.get(f"/console/{brand.slug}/people/").status_code == 404, "shut out at once"


def test_a_refused_act_says_so_where_its_button_stands(admin: Client, brand: Tenant) -> None:
    ann = Operator.objects.get(email="ann@example.com")
    here = f"/console/{brand.slug}/people/{ann.public_id}/"
    told = admin.post(f"{here}deactivate/", headers={"Referer": f"http://testserver{here}"})
    assert told["Location"] == f"http://testserver{here}"
    assert "至少保留一位可以登录的品牌管理员" in admin.get(here).content.decode()
    for elsewhere in ("https://evil.example/", ""):
        told = admin.post(f"{here}deactivate/", headers={"Referer": elsewhere})
        assert told["Location"] == f"/console/{brand.slug}/"


def test_nobody_gives_or_touches_more_than_they_hold(admin: Client, brand: Tenant) -> None:
    bob = person(brand, "bob", "analyst")
    lead = sorted(rights_of(["private_domain_lead"]) | {"people.edit"})
    with tenant_scope(brand):
        told: dict[str, Any] = {"data_scope": None, "granted_by": lead}
        person_change(public_id=bob.public_id, roles=["member_ops"], **told)
        with pytest.raises(RoleNotHeld):
            person_change(public_id=bob.public_id, roles=["tenant_admin"], **told)
        ann = Operator.objects.get(email="ann@example.com")
        with pytest.raises(RoleNotHeld):
            person_deactivate(public_id=ann.public_id, granted_by=lead)
        with pytest.raises(RoleNotHeld):
            invitation_make(email="x@example.com", roles=["tenant_admin"], link_of=str, **told)
        with pytest.raises(InvalidValue):
            person_change(public_id=bob.public_id, roles=["emperor"], **told)
    assert roles_of(brand, "bob@example.com") == ["member_ops"]


def test_roles_are_changed_on_the_page_and_on_the_record(admin: Client, brand: Tenant) -> None:
    bob = person(brand, "bob", "analyst")
    here = f"/console/{brand.slug}/people/{bob.public_id}/"
    assert admin.get(here).status_code == 200
    assert admin.post(here, {"roles": ["finance", "analyst"]}).status_code == 302
    assert roles_of(brand, bob.email) == ["finance", "analyst"]
    assert admin.post(here, {"roles": []}).status_code == 422
    assert admin.post(f"{here}deactivate/").status_code == 302
    assert signed_in(bob).get(f"/console/{brand.slug}/").status_code == 404
    assert admin.post(f"{here}activate/").status_code == 302
    assert signed_in(bob).get(f"/console/{brand.slug}/", follow=True).status_code == 200
    with tenant_scope(brand):
        actions = list(AuditLog.objects.order_by("pk").values_list("action", flat=True))
        changed = AuditLog.objects.get(action="people.changed")
    assert actions == ["people.changed", "people.deactivated", "people.activated"]
    assert changed.before["roles"] == ["analyst"]
    assert changed.after["roles"] == ["finance", "analyst"]


def test_a_person_of_another_brand_is_not_found(admin: Client, brand: Tenant) -> None:
    eve = person(tenant(), "eve", "tenant_admin")
    assert admin.get(f"/console/{brand.slug}/people/{eve.public_id}/").status_code == 404
    assert api_client(brand).ask("GET", f"people/{eve.public_id}").status_code == 404
    assert roles_of(Membership.objects.get(operator=eve).tenant, eve.email) == ["tenant_admin"]


def test_the_tick_table_shows_every_right(admin: Client, brand: Tenant) -> None:
    from scrm.access.permissions import PERMISSIONS, ROLES

    text = admin.get(f"/console/{brand.slug}/people/roles/").content.decode()
    assert all(f">{name}" in text for name in PERMISSIONS)
    assert text.count("<td>") == len(PERMISSIONS) * len(ROLES)


def test_a_key_gives_only_what_it_holds(brand: Tenant) -> None:
    person(brand, "ann", "tenant_admin")
    bob = person(brand, "bob", "analyst")
    small = api_client(brand, ["people.edit", "people.view", "members.view"])
    refused = small.ask("PATCH", f"people/{bob.public_id}", {"roles": ["tenant_admin"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "role_not_held")
    whole = api_client(brand)
    told = whole.ask("PATCH", f"people/{bob.public_id}", {"roles": ["finance"], "is_active": False})
    assert told.status_code == 200
    assert told.json()["roles"] == ["finance"]
    assert told.json()["deactivated_at"] is not None
