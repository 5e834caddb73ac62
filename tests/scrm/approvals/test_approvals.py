"""Four eyes: who asked never agrees, whatever the way in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from scrm.access.models import Operator
from scrm.access.permissions import roles_allow
from scrm.access.services import membership_grant
from scrm.approvals import kinds
from scrm.approvals.kinds import Change, approval_kind_register
from scrm.approvals.models import Approval, ApprovalState
from scrm.approvals.selectors import (
    approval_get,
    approvals_listed,
    approvals_waiting_count,
    may_decide,
)
from scrm.approvals.services import (
    ApprovalWaiting,
    FourEyes,
    approval_decide,
    approval_request,
    approval_withdraw,
    approvals_expire,
)
from scrm.core import clock
from scrm.core.errors import Forbidden, InvalidTransition, InvalidValue, NotFound
from scrm.events.actor import acting_as
from scrm.events.models import AuditLog, Notice
from scrm.tenants.context import tenant_scope
from tests.support.api import tenant

pytestmark = pytest.mark.db
DONE: list[dict[str, Any]] = []


@pytest.fixture
def deed(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(kinds, "APPROVAL_KINDS", kinds.APPROVAL_KINDS.copy())
    for module in ("services", "selectors"):
        monkeypatch.setattr(f"scrm.approvals.{module}.APPROVAL_KINDS", kinds.APPROVAL_KINDS)
    DONE.clear()

    def apply(params: dict[str, Any]) -> None:
        if params.get("bad"):
            raise InvalidValue("no more")
        DONE.append(params)

    approval_kind_register(
        "tests.deed",
        label="试",
        permission="points.adjust",
        apply=apply,
        describe=lambda params: [Change(label="积分", before="0", after=str(params["points"]))],
    )
    return "tests.deed"


@pytest.fixture
def people(db: None) -> Iterator[dict[str, Operator]]:
    brand = tenant()
    found = {}
    for name, roles in (("ann", ["member_ops"]), ("bob", ["member_ops"]), ("eve", ["analyst"])):
        found[name] = Operator.objects.create_user(
            email=f"{name}@example.com", password=None, name=name
        )
        membership_grant(operator=found[name], tenant=brand, roles=roles)
    with tenant_scope(brand), transaction.atomic():
        yield found


def asked(who: Operator, deed: str, **params: Any) -> Approval:
    with acting_as("operator", id=str(who.pk), label=who.name):
        return approval_request(
            deed, subject=params.pop("subject", "mem_1"), params={"points": 5, **params}
        )


def decided(who: Operator, approval: Approval, **how: Any) -> Approval:
    with acting_as("operator", id=str(who.pk), label=who.name):
        return approval_decide(approval.public_id, **{"approve": True, **how})


def test_a_second_person_does_the_deed_as_it_was_asked_for(
    people: dict[str, Operator], deed: str
) -> None:
    approval = asked(people["ann"], deed)
    assert approval.change == [["积分", "0", "5"]]
    assert Notice.objects.get(kind="approval.waiting").permission == "points.adjust"
    ended = decided(people["bob"], approval, note="fine")
    assert (ended.state, ended.decided_label, ended.note) == ("approved", "bob", "fine")
    assert DONE == [{"points": 5}]
    assert Notice.objects.get(kind="approval.decided").operator_id == people["ann"].pk
    actions = list(AuditLog.objects.order_by("pk").values_list("action", "actor_label"))
    assert actions == [("approval.requested", "ann"), ("approval.approved", "bob")]
    with pytest.raises(InvalidTransition):
        decided(people["bob"], approval)
    assert len(DONE) == 1


def test_who_asked_cannot_agree_and_neither_can_who_lacks_the_right_or_is_a_key(
    people: dict[str, Operator], deed: str
) -> None:
    approval = asked(people["ann"], deed)
    with pytest.raises(FourEyes):
        decided(people["ann"], approval)
    with pytest.raises(Forbidden):
        decided(people["eve"], approval)
    with pytest.raises(Forbidden), acting_as("api_key", id="key_1"):
        approval_decide(approval.public_id, approve=True)
    with pytest.raises(Forbidden):
        approval_decide(approval.public_id, approve=True)
    with pytest.raises(Forbidden):
        approval_request(deed, subject="mem_2", params={"points": 1})
    assert DONE == []
    assert Approval.objects.get().state == ApprovalState.WAITING


def test_the_database_holds_the_rule_when_the_code_forgets_it(
    people: dict[str, Operator], deed: str
) -> None:
    """The control of the check: the same update with another decider goes through."""
    approval = asked(people["ann"], deed)
    ann, bob = (f"operator:{people[name].pk}" for name in ("ann", "bob"))
    row = Approval.objects.filter(pk=approval.pk)
    for decider in (ann, ""):
        with pytest.raises(IntegrityError, match="approval_four_eyes"), transaction.atomic():
            row.update(state="approved", decided_by=decider, decided_at=clock.now())
    with pytest.raises(IntegrityError, match="approval_four_eyes"), transaction.atomic():
        row.update(state="rejected", decided_by=ann, decided_at=clock.now())
    assert row.update(state="approved", decided_by=bob, decided_at=clock.now()) == 1


def test_a_deed_that_is_refused_leaves_the_request_waiting(
    people: dict[str, Operator], deed: str
) -> None:
    approval = asked(people["ann"], deed, bad=True)
    with pytest.raises(InvalidValue, match="no more"):
        decided(people["bob"], approval)
    assert Approval.objects.get().state == ApprovalState.WAITING
    assert decided(people["bob"], approval, approve=False, note="no").state == "rejected"
    assert DONE == []


def test_the_same_thing_waits_once_and_only_its_asker_takes_it_back(
    people: dict[str, Operator], deed: str
) -> None:
    approval = asked(people["ann"], deed)
    with pytest.raises(ApprovalWaiting):
        asked(people["bob"], deed)
    with pytest.raises(NotFound), acting_as("operator", id=str(people["bob"].pk)):
        approval_withdraw(approval.public_id)
    with acting_as("operator", id=str(people["ann"].pk)):
        assert approval_withdraw(approval.public_id).state == "withdrawn"
    asked(people["bob"], deed)


def test_old_requests_expire_and_cannot_be_agreed_to(
    people: dict[str, Operator], deed: str
) -> None:
    approval = asked(people["ann"], deed)
    Approval.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(InvalidTransition):
        decided(people["bob"], approval)
    assert approvals_expire() == 1
    assert approvals_expire() == 0
    assert Approval.objects.get().state == "expired"
    told = Notice.objects.get(kind="approval.decided")
    assert (told.operator_id, told.title) == (people["ann"].pk, "试")
    assert "重新提交" in told.text
    row = AuditLog.objects.get(action="approval.expired")
    assert (row.object_id, row.actor_kind) == (approval.public_id, "system")


def test_a_request_whose_kind_is_gone_is_not_found_and_still_expires(
    people: dict[str, Operator], deed: str
) -> None:
    approval = asked(people["ann"], deed)
    del kinds.APPROVAL_KINDS[deed]
    with pytest.raises(NotFound):
        decided(people["bob"], approval)
    Approval.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert approvals_expire() == 1
    assert Notice.objects.get(kind="approval.decided").operator_id == people["ann"].pk


def test_people_see_what_they_asked_for_and_what_they_may_decide(
    people: dict[str, Operator], deed: str
) -> None:
    approval = asked(people["ann"], deed)
    with acting_as("operator", id=str(people["ann"].pk)):
        assert approvals_listed([]).count() == 1
        assert not may_decide(approval, permissions=["points.adjust"])
    with acting_as("operator", id=str(people["bob"].pk)):
        assert approvals_listed(["points.adjust"]).count() == 1
        assert may_decide(approval, permissions=["points.adjust"])
        assert approvals_listed([]).count() == 0
        with pytest.raises(NotFound):
            approval_get(approval.public_id, permissions=[])


def test_the_badge_counts_what_its_reader_may_decide(
    people: dict[str, Operator], deed: str, django_assert_max_num_queries: Any
) -> None:
    approval_kind_register(
        "tests.other", label="别", permission="keys.edit", apply=print, describe=lambda _params: []
    )
    asked(people["ann"], deed)
    with acting_as("operator", id=str(people["ann"].pk), label="ann"):
        approval_request("tests.other", subject="key_1", params={})
    told = {}
    for name, who in people.items():
        may = partial(roles_allow, {"eve": ["analyst"]}.get(name, ["member_ops"]))
        with (
            acting_as("operator", id=str(who.pk), label=name),
            django_assert_max_num_queries(1),
        ):
            told[name] = approvals_waiting_count(may)
    assert told == {"ann": 0, "bob": 1, "eve": 0}
    assert approvals_waiting_count(lambda _right: True) == 0, "workers decide nothing"
    with acting_as("operator", id="7", is_visitor=True):
        assert approvals_waiting_count(lambda _right: True) == 0, "nor does a visitor"
