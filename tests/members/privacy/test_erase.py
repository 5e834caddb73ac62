"""An erased person is in no table, file, log, cache or search index of the brand, and the ledger balances."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from members.growth.audit import growth_audit
from members.identity.merging import SplitBlocked, member_merge, member_split, members_join
from members.identity.models import Identity
from members.identity.rules import Claim
from members.identity.selectors import member_find
from members.orders.models import Order
from members.orders.services import order_apply
from members.people.models import Member, MemberStatus
from members.people.selectors import member_get
from members.privacy.models import ErasedIdentity, PrivacyRequest
from members.privacy.selectors import erase_preview
from members.privacy.services import EraseBlocked, erase_ask, export_ask
from members.segments.selectors import segment_count
from points.lots.audit import points_audit
from points.lots.models import PointsAccount, Spend
from points.lots.services import members_settle, points_grant, points_hold, points_spend
from points.orders.services import orders_settle
from scrm.core import clock
from scrm.core.errors import InvalidValue, NotFound
from scrm.core.persons import ERASERS
from scrm.events.actor import acting_as
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.events.jobs.services import job_retry
from scrm.events.models import Job, JobState, OutboxEvent
from scrm.files.models import FilePart, StoredFile
from scrm.ledger.selectors import ledger_audit
from scrm.tenants.models import Tenant
from scrm.wecom.contacts.rules import Rank
from scrm.wecom.contacts.services import contacts_told
from scrm.wecom.gateway import Contact
from scrm.wecom.models import ExternalContact, WeComCorp
from tests.factories.members import START, order, order_facts, refund
from tests.members.privacy.scene import (
    AVATAR,
    CORP,
    EXTERNAL,
    FOUND,
    MAIL,
    NAME,
    OTHER_PHONE,
    PHONE,
    REMARK,
    SMALL_NAME,
    UNION,
    account,
    cached,
    dump,
    erased,
    met_in_wecom,
    person,
    places,
    told_in_wecom,
    told_of,
)


# -- the tests ----------------------------------------------------------------------------------------------
def test_an_erased_person_is_nowhere_and_the_ledger_balances(
    brand: Tenant, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    member = person(brand)
    before = places()
    assert len(before) > 60, sorted(before)  # the control: there is a lot to find
    accounts = PointsAccount.objects.get(member=member)
    assert accounts.available > 0
    assert accounts.held == 30

    request = erased(member)

    assert Job.objects.get(public_id=request.job_id).state == JobState.DONE
    assert request.done_at is not None
    assert told_of() == ""
    logs = caplog.text + "".join(capfd.readouterr())
    assert not FOUND.search(logs)
    assert not any(FOUND.search(text) for text in cached())
    assert (ledger_audit(), points_audit(), growth_audit()) == ([], [], [])
    accounts.refresh_from_db()
    assert (accounts.available, accounts.pending, accounts.held, accounts.debt) == (0, 0, 0, 0)
    # Who was not meant stays.
    assert FilePart.objects.filter(file__name="c.csv").exists()
    assert "别人" in json.dumps(dump(), ensure_ascii=False)


@pytest.mark.parametrize("room", ["wecom", "files", "events"])
def test_a_room_that_does_not_take_part_leaves_the_person_behind(
    brand: Tenant, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    """The control of the dump: without any one room it finds the person."""
    member = person(brand)
    monkeypatch.delitem(ERASERS, room)
    erased(member)
    assert told_of() != ""


def test_ec_29_the_balance_of_an_erased_member_is_forfeited_by_transactions(brand: Tenant) -> None:
    member = account(Claim("phone", PHONE), name=NAME)
    orders_settle([order(phone=PHONE, paid_fen=50_000, completed_at=START).pk])
    points_grant(member_id=member.pk, points=100, reference="gift")
    points_hold(member_id=member.pk, points=30, reference="hold")
    before = PointsAccount.objects.get(member=member)
    erased(member)
    went = Spend.objects.get(reason="erase")
    assert went.points == before.available + before.held
    assert went.captured_at is not None
    assert Spend.objects.get(reference="hold").voided_at is not None
    assert (ledger_audit(), points_audit()) == ([], [])
    assert Order.objects.get(member=member).net_fen == 50_000
    # A refund that comes later finds nobody to take points from.
    orders_settle([Order.objects.get(member=member).pk])
    assert (ledger_audit(), points_audit()) == ([], [])
    assert PointsAccount.objects.get(member=member).available == 0


def test_debt_is_written_off(brand: Tenant) -> None:
    member = account(Claim("phone", PHONE), name=NAME)
    made = order(phone=PHONE, paid_fen=50_000, completed_at=START, external_id="o1")
    orders_settle([made.pk])
    due = START + timedelta(days=60)
    members_settle([member.pk], at=due)
    points_spend(member_id=member.pk, points=500, reference="s", at=due)
    facts = order_facts(
        external_id="o1", phone=PHONE, paid_fen=50_000, completed_at=START,
        refunds=(refund("r1", 50_000, at=due),),
    )  # fmt: skip
    orders_settle([order_apply(facts).pk])
    assert PointsAccount.objects.get(member=member).debt == 500
    erased(member)
    assert PointsAccount.objects.get(member=member).debt == 0
    assert (ledger_audit(), points_audit()) == ([], [])


def test_the_whole_person_goes_and_is_never_split_or_found_again(brand: Tenant) -> None:
    kept = account(Claim("phone", PHONE), name=NAME)
    small = account(Claim("phone", OTHER_PHONE), name=SMALL_NAME)
    merge = member_merge(source=small.public_id, target=kept.public_id, reason="同一人")
    erased(small, number=kept.member_no)  # by the merged account's id: the same person
    rows = {member.pk: member for member in Member.objects.all()}
    assert (rows[kept.pk].status, rows[small.pk].status) == (
        MemberStatus.ERASED,
        MemberStatus.MERGED,
    )
    assert {row.display_name for row in rows.values()} == {""}
    assert not Identity.objects.exists()
    assert member_find(Claim("phone", PHONE)) is None
    with pytest.raises(NotFound):
        member_get(kept.public_id)
    with pytest.raises(SplitBlocked):
        member_split(merge=merge.public_id, reason="x")
    assert segment_count({"field": "member.name", "op": "in", "value": [NAME]}) == 0
    # Who comes again is somebody new.
    again = account(Claim("phone", PHONE), name="新名字")
    assert again.pk not in rows


def test_a_killed_erase_goes_on_and_asking_again_answers_with_the_first(
    brand: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = person(brand)
    whole = ERASERS["points"]

    def dies(_person: Any, _limit: int) -> int:
        raise RuntimeError("killed")

    monkeypatch.setitem(ERASERS, "points", replace(whole, erase=dies))
    request = erased(member)
    assert request.done_at is None
    assert request.words
    assert Member.objects.get(pk=member.pk).status == MemberStatus.ERASED
    monkeypatch.setitem(ERASERS, "points", whole)
    assert erase_ask(member=member.public_id, number="", reason="").pk == request.pk
    job_retry(public_id=request.job_id)
    jobs_run_waiting()
    request.refresh_from_db()
    assert request.done_at is not None
    assert request.words == ""
    assert told_of() == ""
    assert (ledger_audit(), points_audit()) == ([], [])


def test_the_number_must_be_typed_and_a_merge_under_way_hinders(brand: Tenant) -> None:
    kept = account(Claim("phone", PHONE), name=NAME)
    small = account(Claim("phone", OTHER_PHONE), name=SMALL_NAME)
    with pytest.raises(InvalidValue):
        erase_ask(member=kept.public_id, number="123", reason="x")
    members_join(source_id=small.pk, target_id=kept.pk, reason="x", cause="manual")
    assert erase_preview(kept.public_id, at=clock.now()).blockers
    with pytest.raises(EraseBlocked):
        erase_ask(member=kept.public_id, number=kept.member_no, reason="x")
    assert not PrivacyRequest.objects.exists()


def test_wecom_does_not_bring_an_erased_person_back_but_a_new_friendship_does(
    brand: Tenant,
) -> None:
    met_in_wecom()
    account(Claim("external_userid", EXTERNAL, CORP), name=NAME)
    member = member_find(Claim("external_userid", EXTERNAL, CORP))
    assert member is not None
    corp = WeComCorp.objects.get()
    erased(member)
    assert not ExternalContact.objects.exists()
    card = Contact(
        external_userid=EXTERNAL, kind=1, name=NAME, avatar=AVATAR, gender=2, unionid=UNION
    )
    heard = OutboxEvent.objects.count()
    contacts_told(
        corp=corp, told=[told_in_wecom(card, at=START, rank=Rank.SEEN)]
    )  # the hourly list
    contacts_told(
        corp=corp, told=[told_in_wecom(card, at=clock.now() + timedelta(hours=1), rank=None)]
    )
    assert not ExternalContact.objects.exists()
    assert OutboxEvent.objects.count() == heard
    assert ErasedIdentity.objects.count() == 1
    contacts_told(corp=corp, told=[told_in_wecom(card, at=clock.now() + timedelta(hours=1))])
    assert ExternalContact.objects.get().name == NAME
    assert not ErasedIdentity.objects.exists()


def test_a_copy_holds_every_room_and_is_emptied_by_an_erase(brand: Tenant) -> None:
    member = person(brand)
    with acting_as("operator", id="1", label="客服"):
        request = export_ask(member=member.public_id, reason="客户来电")
    jobs_run_waiting()
    request.refresh_from_db()
    file = StoredFile.objects.get(public_id=request.file_id)
    told = json.loads(b"".join(bytes(part.data) for part in file.parts.order_by("number")))
    rooms = {each["room"]["key"]: each["records"] for each in told["rooms"]}
    assert {row["display_name"] for row in rooms["people"]} == {NAME, SMALL_NAME}
    assert {row["value"] for row in rooms["identities"]} >= {PHONE, OTHER_PHONE, MAIL, UNION}
    assert [len(row["lines"]) for row in rooms["orders"]] == [1, 1]
    assert rooms["wecom"][0]["remark"] == REMARK
    assert file.ready_at is not None
    assert file.rows == sum(request.counts.values())
    erased(member)
    file.refresh_from_db()
    assert file.purged_at is not None
    assert told_of() == ""
