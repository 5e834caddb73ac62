"""Files out: masked unless somebody may and says why, complete, theirs, and gone in time."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from points.lots.models import PointsAccount
from scrm.access.models import Operator
from scrm.access.scope import Scope, scope_entered
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.core.errors import Forbidden, NotFound
from scrm.events.actor import VisitRefused, acting_as
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.events.jobs.services import job_cancel
from scrm.events.models import AuditLog, Job, JobState, Notice
from scrm.files import exports
from scrm.files.errors import FileExpired, FileNotReady, ReasonRequired
from scrm.files.exports import export_start
from scrm.files.models import FilePart, MaskLevel, StoredFile
from scrm.files.nightly import files_purge_run
from scrm.files.selectors import files_list
from scrm.files.store import file_get, file_take, parts_read
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_settings_update
from tests.factories.members import member, order
from tests.support.api import tenant


def anything(_permission: str) -> bool:
    return True


def without(*rights: str) -> Any:
    return lambda permission: permission not in rights


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PART", 3)


@pytest.fixture
def lin(brand: Tenant) -> Operator:
    operator = Operator.objects.create_user(email="lin@example.com", name="林晓")
    membership_grant(operator=operator, tenant=brand, roles=["tenant_admin"])
    return operator


def made(lin: Operator, kind: str = "members", **asked: Any) -> StoredFile:
    with acting_as("operator", id=str(lin.pk), label=lin.name):
        file = export_start(kind, may=asked.pop("may", anything), **asked)
    jobs_run_waiting()
    file.refresh_from_db()
    return file


def table(file: StoredFile) -> list[list[str]]:
    raw = b"".join(parts_read(file))
    assert len(raw) == file.size
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))


def test_every_row_once_with_phones_masked(lin: Operator) -> None:
    people = [member(phone=f"1380000{number:04d}") for number in range(8)]
    file = made(lin)
    header, *rows = table(file)
    assert [row[0] for row in rows] == [person.public_id for person in people]
    phones = [row[header.index("手机号")] for row in rows]
    assert phones == [f"138****{number:04d}" for number in range(8)]
    assert (file.rows, file.mask, file.requester) == (8, MaskLevel.MASKED, "林晓")
    job = Job.objects.get()
    assert (job.state, job.done, job.total) == (JobState.DONE, 8, 8)
    assert job.result == {"rows": 8, "file": file.public_id}
    assert Notice.objects.get().operator_id == lin.pk


def test_eight_rows_in_parts_of_four_end_without_a_ninth(
    lin: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PART", 4)
    for _ in range(8):
        member()
    assert len(table(made(lin))) == 9


def test_whole_numbers_need_a_right_and_a_reason(lin: Operator) -> None:
    member(phone="13800000001")
    with pytest.raises(Forbidden):
        export_start("members", may=without("members.pii"), is_plain=True, reason="回访")
    with pytest.raises(ReasonRequired):
        export_start("members", may=anything, is_plain=True, reason=" ")
    with pytest.raises(Forbidden):
        export_start("members", may=without("members.view"))
    file = made(lin, is_plain=True, reason="门店回访")
    header, row = table(file)
    assert row[header.index("手机号")] == "13800000001"
    told = AuditLog.objects.get(action="export.requested").after
    assert (told["mask"], told["reason"]) == ("plain", "门店回访")


def test_a_download_asks_again_and_is_written_down(lin: Operator) -> None:
    file = made(lin, is_plain=True, reason="回访")
    with acting_as("operator", id=str(lin.pk)):
        file_take(file.public_id, may=without("exports.all"))
        for missing in ("members.view", "members.pii"):
            with pytest.raises(Forbidden):
                file_take(file.public_id, may=without(missing))
    with acting_as("operator", id="0"):
        file_take(file.public_id, may=anything)
        with pytest.raises(Forbidden):
            file_take(file.public_id, may=without("exports.all"))
    assert AuditLog.objects.filter(action="file.downloaded").count() == 2


def test_what_was_typed_into_the_search_box_stays_out_of_the_log(lin: Operator) -> None:
    made(lin, query="q=13800000001&gender=male")
    assert AuditLog.objects.get(action="export.requested").after["query"] == "q=*** gender=male"


def test_a_filtered_list_is_the_file(lin: Operator) -> None:
    member(gender="male")
    kept = member(gender="female")
    assert [row[0] for row in table(made(lin, query="gender=female"))[1:]] == [kept.public_id]


def test_only_the_chosen_rows_are_taken_out(lin: Operator) -> None:
    people = [member() for _ in range(5)]
    orders = [order(phone="13800000001") for _ in range(3)]
    for kind, chosen in (("members", people[1:3]), ("orders", orders[:2])):
        ids = ",".join(one.public_id for one in reversed(chosen))
        file = made(lin, kind, query=f"ids={ids},mem_nobody")
        assert [row[0] for row in table(file)[1:]] == [one.public_id for one in chosen]
        told = AuditLog.objects.filter(action="export.requested").latest("at").after
        assert told["query"] == "ids=3"
    others = tenant()
    with tenant_scope(others):
        stranger = member()
    assert len(table(made(lin, query=f"ids={stranger.public_id}"))) == 1


def test_orders_say_whose_they_are_only_to_who_may_see_people(lin: Operator) -> None:
    made_order = order(phone="13812345678")
    header, row = table(made(lin, "orders"))
    told = dict(zip(header, row, strict=True))
    assert (told["手机号"], told["会员号"]) == ("138****5678", made_order.member.member_no)
    plain = made(lin, "orders", is_plain=True, reason="物流回访")
    assert "13812345678" in table(plain)[1]
    file = made(lin, "orders", may=without("members.view"), is_plain=True)
    header, row = table(file)
    assert not {"手机号", "昵称"} & set(header)
    assert "138****5678" not in row
    assert file.mask == MaskLevel.NONE, "nobody is in it"


def test_what_other_rooms_show_in_the_list_is_in_the_file(lin: Operator) -> None:
    rich, poor = member(), member()
    PointsAccount.objects.create(member=rich, available=1_230)
    header, *rows = table(made(lin))
    place = header.index("可用积分")
    assert {row[0]: row[place] for row in rows} == {rich.public_id: "1230", poor.public_id: ""}
    header, *_rows = table(made(lin, may=without("points.view")))
    assert "可用积分" not in header


def test_a_part_asks_the_same_few_questions_however_many_rows_it_has(
    lin: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PART", 500)
    made(lin)
    asked = []
    for count in (2, 30):
        for _ in range(count):
            member()
        with CaptureQueriesContext(connection) as told:
            made(lin)
        asked.append(len(told))
    assert asked[0] == asked[1]


def test_names_that_compute_do_not(lin: Operator) -> None:
    member(display_name="=1+1", city="\t@x")
    for kind in ("csv", "xlsx"):
        file = made(lin, format=kind)
        if kind == "csv":
            assert table(file)[1][2] == "'=1+1"
            assert "'\t@x" in table(file)[1]
            continue
        book = load_workbook(io.BytesIO(b"".join(parts_read(file))))
        assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row} <= {
            "s",
            "n",
        }


def test_a_workbook_is_put_together_from_its_parts(lin: Operator) -> None:
    people = [member() for _ in range(7)]
    file = made(lin, format="xlsx")
    raw = b"".join(parts_read(file))
    rows = list(load_workbook(io.BytesIO(raw)).worksheets[0].values)
    assert [row[0] for row in rows[1:]] == [person.public_id for person in people]
    assert not FilePart.objects.filter(is_draft=True).exists()
    assert file.size == len(raw)


def test_a_limited_person_takes_out_only_what_she_sees(lin: Operator, brand: Tenant) -> None:
    from scrm.access.models import Membership

    member()
    assert len(table(made(lin))) == 2
    Membership.objects.filter(operator=lin).update(
        data_scope={"departments": [], "staff": ["nobody"]}
    )
    assert len(table(made(lin))) == 1


def test_a_killed_export_keeps_its_finished_parts(
    lin: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kill comes inside the third part: two are kept, the third is read again."""
    for _ in range(8):
        member()
    advance, calls = exports.job_advance, []

    def dying(*args: Any, **kwargs: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        advance(*args, **kwargs)

    monkeypatch.setattr(exports, "job_advance", dying)
    with acting_as("operator", id=str(lin.pk)):
        file = export_start("members", may=anything)
    with pytest.raises(KeyboardInterrupt):
        jobs_run_waiting()
    assert FilePart.objects.count() == 2
    with pytest.raises(FileNotReady), acting_as("operator", id=str(lin.pk)):
        file_take(file.public_id, may=anything)
    monkeypatch.setattr(exports, "job_advance", advance)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        assert jobs_run_waiting() == 1
    file.refresh_from_db()
    ids = [row[0] for row in table(file)[1:]]
    assert len(ids) == len(set(ids)) == 8


def test_a_cancelled_export_may_go_on(lin: Operator) -> None:
    from scrm.events.jobs.services import job_retry

    member()
    with acting_as("operator", id=str(lin.pk)):
        file = export_start("members", may=anything)
        job_cancel(public_id=Job.objects.get().public_id)
        assert jobs_run_waiting() == 0
        job_retry(public_id=Job.objects.get().public_id)
    jobs_run_waiting()
    file.refresh_from_db()
    assert file.ready_at is not None


def test_the_night_empties_what_expired_and_forgets_what_is_old(lin: Operator) -> None:
    file = made(lin)
    today = clock.now().date()
    assert files_purge_run(today)["files"] == 0, "it is still wanted"
    with clock.frozen(clock.now() + timedelta(days=8)), acting_as("operator", id=str(lin.pk)):
        with pytest.raises(FileExpired):
            file_take(file.public_id, may=anything)
        assert files_purge_run(today)["files"] == 1
        assert FilePart.objects.count() == 0
        assert StoredFile.objects.get().purged_at is not None
    with clock.frozen(clock.now() + timedelta(days=91)):
        assert files_purge_run(today)["jobs"] == 1
    assert not StoredFile.objects.exists()


def test_a_file_outlives_its_job_until_the_day_that_was_promised(
    brand: Tenant, lin: Operator
) -> None:
    tenant_settings_update(tenant_id=brand.pk, values={"files.keep_days": 90, "jobs.keep_days": 7})
    with tenant_scope(brand.pk):
        file, today = made(lin), clock.now().date()
        with clock.frozen(clock.now() + timedelta(days=8)), acting_as("operator", id=str(lin.pk)):
            assert files_purge_run(today)["jobs"] == 0
            assert file_take(file.public_id, may=anything) == file
        with clock.frozen(clock.now() + timedelta(days=91)):
            assert files_purge_run(today)["jobs"] == 1, "the control: then it goes with its file"
    assert not StoredFile.objects.exists()


def test_who_serves_some_customers_sees_the_own_files_only(lin: Operator) -> None:
    own = made(lin, is_plain=True, reason="回访李女士")
    kim = Operator.objects.create_user(email="kim@example.com", password=None, name="Kim")
    with acting_as("operator", id=str(kim.pk)), scope_entered(Scope(is_everything=False)):
        assert not files_list().exists()
        for asked in (file_get, partial(file_take, may=anything)):
            with pytest.raises(NotFound):
                asked(own.public_id)
    with acting_as("operator", id=str(kim.pk)):
        assert files_list().get() == file_get(own.public_id) == own
    with acting_as("operator", id=str(lin.pk)), scope_entered(Scope(is_everything=False)):
        assert files_list().get() == file_get(own.public_id) == own


def test_a_visitor_of_the_platform_takes_nothing_out(lin: Operator) -> None:
    with acting_as("operator", id=str(lin.pk), is_visitor=True), pytest.raises(VisitRefused):
        export_start("members", may=anything)
    assert not StoredFile.objects.exists()


def test_a_module_that_is_switched_off_is_not_taken_out(brand: Tenant, lin: Operator) -> None:
    assert export_start("segments", may=anything).kind == "segments"
    tenant_settings_update(tenant_id=brand.pk, values={"flag.tags.segments": False})
    with pytest.raises(NotFound):
        export_start("segments", may=anything)
