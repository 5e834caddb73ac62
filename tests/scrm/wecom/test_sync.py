"""Reconciliation: complete, resumable, and it tells only what it changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scrm.core import clock
from scrm.core.errors import InvalidTransition
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.events.models import Job, JobState, OutboxEvent
from scrm.files.models import ConnectorRun
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.wecom.contacts.departments import departments_told
from scrm.wecom.gateway import Party
from scrm.wecom.gateway.people import PeopleCalls
from scrm.wecom.models import (
    CorpTag,
    Department,
    ExternalContact,
    FollowRelation,
    Staff,
    SyncState,
    WeComCorp,
)
from scrm.wecom.sandbox.control import SandboxControl
from scrm.wecom.sandbox.control_types import (
    CorpSeed,
    CustomerSeed,
    DepartmentSeed,
    RelationSeed,
)
from scrm.wecom.sync.services import sync_reconcile, sync_start
from scrm.wecom.sync.tasks import jobs_wecom_reconcile
from tests.scrm.wecom.conftest import CORP, T0


def told() -> list[str]:
    facts = OutboxEvent.objects.filter(type="wecom.contact_changed").order_by("id")
    return [fact.payload["change"] for fact in facts]


def test_everything_wecom_shows_is_kept(corp: WeComCorp) -> None:
    job = sync_start(corp=corp)
    jobs_run_waiting()
    job.refresh_from_db()
    assert (job.state, job.done, job.error) == ("done", 3, "")
    assert {(row.userid, row.name, row.is_contact) for row in Staff.objects.all()} == {
        ("li.na", "李娜", True),
        ("wang.wu", "王武", True),
        ("zhao.liu", "赵柳", False),
    }
    assert ExternalContact.objects.count() == 2
    assert FollowRelation.objects.filter(state="active").count() == 3
    assert set(CorpTag.objects.values_list("name", flat=True)) == {"金", "银"}
    assert told() == ["synced"] * 3
    state = SyncState.objects.get()
    assert (state.phase, state.contact_count, state.changed_count, state.staff_count) == (
        "done",
        3,
        3,
        2,
    )
    assert state.finished_at is not None


def test_departments_come_by_name_keep_it_and_go(corp: WeComCorp, sandbox: SandboxControl) -> None:
    shops = (
        DepartmentSeed(2, "东区"),
        DepartmentSeed(3, "静安店", 2),
        DepartmentSeed(4, "徐汇店", 2),
    )
    sandbox.seed(CorpSeed(corp_id=CORP, departments=shops))
    sync_start(corp=corp)
    jobs_run_waiting()
    told = Department.objects.filter(gone_at=None).order_by("number")
    assert list(told.values_list("number", "name", "parent")) == [
        (1, "总部", 0),
        (2, "东区", 1),
        (3, "静安店", 2),
        (4, "徐汇店", 2),
    ]
    nameless = (Party(number=1, name="总部"), Party(number=3, name="", parent=1))
    assert departments_told(corp=corp, parties=nameless, at=clock.now()) == 3
    assert departments_told(corp=corp, parties=nameless, at=clock.now()) == 0
    assert list(told.values_list("number", "name", "parent")) == [(1, "总部", 0), (3, "静安店", 1)]
    assert Department.objects.get(number=4).name == "徐汇店", "what names it can still say it"


@pytest.mark.parametrize("code", [48002, 60011])
def test_a_hidden_directory_stops_neither_the_sync_nor_the_application(
    corp: WeComCorp, sandbox: SandboxControl, code: int
) -> None:
    for api in ("department/list", "user/simplelist"):
        sandbox.fault("errcode", api=api, code=code)
    job = sync_start(corp=corp)
    jobs_run_waiting()
    job.refresh_from_db()
    corp.refresh_from_db()
    assert (job.state, corp.state) == ("done", "active")
    assert not Department.objects.exists()
    assert set(Staff.objects.values_list("userid", flat=True)) == {"li.na", "wang.wu"}


def test_a_second_sync_finds_nothing_new(corp: WeComCorp) -> None:
    sync_start(corp=corp)
    jobs_run_waiting()
    sync_start(corp=corp)
    jobs_run_waiting()
    assert told() == ["synced"] * 3
    assert SyncState.objects.get().changed_count == 0


def test_what_callbacks_lost_is_found(corp: WeComCorp, sandbox: SandboxControl) -> None:
    sync_start(corp=corp)
    jobs_run_waiting()
    sandbox.staff_delete(CORP, external_userid="wm2", userid="li.na")
    sandbox.staff_edit(CORP, external_userid="wm1", userid="wang.wu", remark="补上")
    sync_start(corp=corp)
    jobs_run_waiting()
    gone = FollowRelation.objects.get(contact__external_userid="wm2")
    assert (gone.state, gone.deleted_by) == ("deleted", "sync")
    assert FollowRelation.objects.get(staff__userid="wang.wu").remark == "补上"
    assert told()[3:] == ["synced", "deleted_by_staff"]
    assert SyncState.objects.get().gone_count == 1


def test_a_customers_deletion_is_not_undone(corp: WeComCorp) -> None:
    sync_start(corp=corp)
    jobs_run_waiting()
    FollowRelation.objects.filter(contact__external_userid="wm2").update(
        state="deleted", deleted_by="customer", event_at=clock.now(), event_rank=3
    )
    sync_start(corp=corp)
    jobs_run_waiting()
    assert FollowRelation.objects.get(contact__external_userid="wm2").deleted_by == "customer"


def test_a_killed_sync_goes_on_from_its_cursor(
    corp: WeComCorp, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [f"wmx{n:04d}" for n in range(250)]
    sandbox.seed(
        CorpSeed(
            corp_id=CORP,
            customers=tuple(CustomerSeed(external_userid=name, name=name) for name in many),
            relations=tuple(
                RelationSeed(userid="li.na", external_userid=name, createtime=T0) for name in many
            ),
        )
    )
    real = PeopleCalls.contacts_batch
    calls = 0

    class Killed(BaseException):
        pass

    def dies_on_third(self: PeopleCalls, *args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Killed
        return real(self, *args, **kwargs)

    monkeypatch.setattr(PeopleCalls, "contacts_batch", dies_on_third)
    job = sync_start(corp=corp)
    with pytest.raises(Killed):
        jobs_run_waiting()
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.RUNNING, 200)
    assert jobs_run_waiting() == 0  # its lease still runs
    with clock.frozen(clock.now() + timedelta(seconds=61)):
        assert jobs_run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 253)
    asked = sandbox.requests(api="externalcontact/batch/get_by_user")
    assert len(asked) == 3
    assert FollowRelation.objects.count() == 253
    assert len(told()) == 253


def test_one_sync_at_a_time_and_not_of_a_stopped_application(corp: WeComCorp) -> None:
    sync_start(corp=corp)
    with pytest.raises(InvalidTransition):
        sync_start(corp=corp)
    Job.objects.update(state="done")
    corp.state = "stopped"
    with pytest.raises(InvalidTransition):
        sync_start(corp=corp)


def test_a_limit_pauses_the_sync_and_it_goes_on(corp: WeComCorp, sandbox: SandboxControl) -> None:
    sandbox.fault("errcode", api="externalcontact/batch/get_by_user", code=45033, times=4)
    job = sync_start(corp=corp)
    jobs_run_waiting()
    job.refresh_from_db()
    assert job.state == JobState.WAITING
    assert "45033" in SyncState.objects.get().error
    jobs_run_waiting()
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 3)
    assert SyncState.objects.get().error == ""


def test_a_lasting_fault_is_shown_and_the_next_hour_tries_again(
    corp: WeComCorp, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scrm.wecom.sync.services.FAULTS", 1)
    sandbox.fault("errcode", api="externalcontact/get_follow_user_list", code=45036)
    job = sync_start(corp=corp)
    jobs_run_waiting()
    jobs_run_waiting()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "externalcontact/get_follow_user_list" in job.error
    assert SyncState.objects.get().error
    [run] = ConnectorRun.objects.all()
    assert (run.connector, run.kind, run.name, run.accepted) == ("wecom", "contacts", corp.name, 0)
    assert run.error == job.error
    assert run.finished_at is not None
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert sync_reconcile() == 1


@pytest.mark.parametrize("code", [-1, 40001, 48002, 45033])
def test_a_lasting_fault_of_tags_ends_the_sync_whatever_its_kind(
    corp: WeComCorp, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr("scrm.wecom.sync.services.FAULTS", 0)
    sandbox.fault("errcode", api="externalcontact/get_corp_tag_list", code=code)
    job = sync_start(corp=corp)
    jobs_run_waiting()
    job.refresh_from_db()
    assert (job.state, [run.error for run in ConnectorRun.objects.all()]) == (
        JobState.FAILED,
        [job.error],
    )
    assert "get_corp_tag_list" in job.error


@pytest.mark.django_db
def test_the_hourly_bell_visits_every_tenant(sandbox: SandboxControl, db: None) -> None:
    for slug in ("one", "two"):
        with tenant_scope(Tenant.objects.create(slug=slug, name=slug)):
            WeComCorp.objects.create(
                corp_id=CORP, name="x", agent_id=1, secret="s", token="t", aes_key="k"
            )
    assert jobs_wecom_reconcile() == 2
    assert jobs_wecom_reconcile() == 0
