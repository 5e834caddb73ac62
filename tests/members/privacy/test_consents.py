"""What people agreed to: logged, the last word holds, and a refusal stops pushes at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from members.identity.merging import member_merge, member_split
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member
from members.people.services import member_friendship_set
from members.privacy.consents import consent_log, consent_of, consent_set, reachable_by
from members.privacy.models import Consent
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.models import AuditLog, OutboxEvent
from scrm.tenants.models import Tenant
from tests.factories.members import START, member
from tests.support.api import client


def said(who: Member, *, given: bool, purpose: str = "marketing", days: int = 0) -> int:
    at = clock.now() - timedelta(days=days) if days else None
    return consent_set(member_ids=[who.pk], purpose=purpose, given=given, source="store", at=at)


def test_the_last_word_holds_and_every_word_is_kept(brand: Tenant) -> None:
    who = member()
    assert consent_of([who.pk]) == {who.pk: frozenset()}
    assert said(who, given=True, days=3) == 1
    assert said(who, given=True) == 0  # known already
    assert said(who, given=True, purpose="profiling") == 1
    assert consent_of([who.pk]) == {who.pk: frozenset({"marketing", "profiling"})}
    assert said(who, given=False) == 1
    assert consent_of([who.pk]) == {who.pk: frozenset({"profiling"})}
    # What was said before that joins the log and changes nothing.
    assert said(who, given=True, days=1) == 0
    assert consent_of([who.pk]) == {who.pk: frozenset({"profiling"})}
    assert [row.is_given for row in consent_log(who.pk) if row.purpose == "marketing"] == [
        False,
        True,
        True,
    ]
    assert AuditLog.objects.filter(action="members.consent_changed").count() == 3
    facts = OutboxEvent.objects.filter(type="consent.changed").order_by("id")
    assert [fact.payload["given"] for fact in facts] == [True, True, False]


def test_refusing_marketing_stops_pushes_in_the_same_transaction(brand: Tenant) -> None:
    who = member()
    member_friendship_set(member_id=who.pk, is_friend=True, at=START)
    said(who, given=True)
    assert reachable_by([who.pk]) == {who.pk: ("wecom", "sms")}
    said(who, given=False)
    who.refresh_from_db()
    assert who.is_opted_out is True
    assert reachable_by([who.pk]) == {who.pk: ()}
    said(who, given=True)
    who.refresh_from_db()
    assert who.is_opted_out is False


def test_a_follower_of_the_official_account_is_reachable_by_it(brand: Tenant) -> None:
    who = identity_resolve(
        claims=[Claim("openid", "o-1", "wxapp")], source="official_account", occurred_at=START
    )
    Member.objects.filter(pk=who.pk).update(status="active")
    assert reachable_by([who.pk]) == {who.pk: ("official_account",)}


def test_an_edit_of_the_profile_is_a_statement_too(brand: Tenant) -> None:
    who = member()
    api = client(brand)
    answer = api.ask("PATCH", f"members/{who.public_id}", {"is_opted_out": True})
    assert answer.status_code == 200
    row = Consent.objects.get()
    assert (row.purpose, row.is_given, row.source) == ("marketing", False, "api")


def test_consents_follow_a_merge_and_come_back_in_a_split(brand: Tenant) -> None:
    one, two = member(), member()
    said(one, given=True, days=5)
    said(two, given=False, days=2)
    said(one, given=True, purpose="profiling")
    merge = member_merge(source=two.public_id, target=one.public_id, reason="同一人")
    one.refresh_from_db()
    assert consent_of([one.pk, two.pk]) == {
        one.pk: frozenset({"profiling"}),
        two.pk: frozenset({"profiling"}),
    }
    assert one.is_opted_out is True
    member_split(merge=merge.public_id, reason="两个人")
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.is_opted_out, two.is_opted_out) == (False, True)
    assert consent_of([one.pk, two.pk]) == {
        one.pk: frozenset({"marketing", "profiling"}),
        two.pk: frozenset(),
    }


def test_unknown_purposes_and_words_from_the_future_are_refused(brand: Tenant) -> None:
    who = member()
    with pytest.raises(InvalidValue):
        said(who, given=True, purpose="anything")
    with pytest.raises(InvalidValue):
        said(who, given=True, days=-1)
    assert not Consent.objects.exists()


def test_consents_and_requests_by_rest(brand: Tenant) -> None:
    who = member()
    api = client(brand)
    path = f"members/{who.public_id}/consents"
    told = api.ask("POST", path, {"purpose": "marketing", "is_given": False, "source": "store"})
    assert told.status_code == 200
    assert told.json()["reachable_by"] == []
    assert {row["purpose"]: row["is_given"] for row in api.ask("GET", path).json()["standing"]} == {
        "marketing": False,
        "profiling": None,
        "third_party": None,
    }
    preview = api.ask("GET", f"members/{who.public_id}/erase-preview").json()
    assert preview["accounts"] == 1
    asked = {"member_id": who.public_id, "kind": "erase", "reason": "来电", "member_no": "0"}
    assert api.ask("POST", "privacy-requests", asked).status_code == 422
    made = api.ask("POST", "privacy-requests", asked | {"member_no": who.member_no})
    assert (made.status_code, made.json()["state"]) == (201, "running")
    again = api.ask("POST", "privacy-requests", asked | {"member_no": who.member_no})
    assert again.json()["id"] == made.json()["id"]
    weak = client(brand, ["members.export_person"])
    other = member()
    asked |= {"member_id": other.public_id, "member_no": other.member_no}
    assert weak.ask("POST", "privacy-requests", asked).status_code == 403
    assert [row["id"] for row in weak.ask("GET", "privacy-requests").json()["data"]] == [
        made.json()["id"]
    ]
