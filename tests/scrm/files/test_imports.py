"""Tables in: understood by their headers, tried before they are taken, each row once, refusals handed back."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from members.people.models import Member
from members.tags.selectors import tags_of
from scrm.core import clock
from scrm.core.errors import Forbidden, InvalidTransition
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.events.jobs.services import job_can_retry, job_retry
from scrm.events.models import Job, JobState
from scrm.files import importing, imports
from scrm.files.errors import ImportRefused
from scrm.files.importing import faults_csv
from scrm.files.imports import import_faults, import_get, import_start, import_try, import_upload
from scrm.files.models import ConnectorRun, ImportFile, ImportPiece
from scrm.files.nightly import files_purge_run
from scrm.tenants.models import Tenant

HEADER = ["手机", "昵称", "Gender", "出生日期", "随便写的列", "标签"]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "PIECE", 4)


def anything(_permission: str) -> bool:
    return True


def person(number: int, **more: str) -> list[str]:
    told = {"phone": f"1380000{number:04d}", "name": f"会员{number}", "gender": "女"} | more
    return [
        told["phone"],
        told["name"],
        told["gender"],
        told.get("born", "1990-05-31"),
        "x",
        "新客,宝妈",
    ]


def uploaded(rows: list[list[str]], **more: Any) -> ImportFile:
    return import_upload("members", rows=[HEADER, *rows], name="会员.csv", may=anything, **more)


def taken(file: ImportFile) -> Job:
    job = import_start(file, may=anything)
    jobs_run_waiting()
    job.refresh_from_db()
    return job


def test_headers_are_guessed_and_people_come_in(brand: Tenant) -> None:
    file = uploaded([person(number) for number in range(10)], options={"source": "store"})
    assert file.mapping == ["phone", "name", "gender", "birthday", "", "tags"]
    job = taken(file)
    assert (job.state, job.done, job.failed) == (JobState.DONE, 10, 0)
    found = Member.objects.order_by("id").first()
    assert found is not None
    assert (found.display_name, found.gender, str(found.birthday)) == (
        "会员0",
        "female",
        "1990-05-31",
    )
    assert (found.first_source, found.phone_masked) == ("store", "138****0000")
    assert sorted(tags_of([found.pk])[found.pk]) == ["宝妈", "新客"]
    assert ImportPiece.objects.count() == 0


def test_the_same_people_twice_change_nothing_more(brand: Tenant) -> None:
    for _again in range(2):
        taken(uploaded([person(number) for number in range(6)] * 2))
    assert Member.objects.count() == 6
    run = ConnectorRun.objects.order_by("id").first()
    assert run is not None
    assert (run.read, run.accepted, run.rejected) == (12, 12, 0)


def test_a_dry_check_tells_and_writes_nothing(brand: Tenant) -> None:
    file = uploaded([person(1), person(2, phone="not a phone"), person(3, born="31.5.1990")])
    tried = import_try(file, file.mapping)
    assert [(row.row_no, row.code) for row in tried] == [
        (1, ""),
        (2, "invalid_value"),
        (3, "row_refused"),
    ]
    job = import_start(file, may=anything, is_dry=True)
    jobs_run_waiting()
    job.refresh_from_db()
    assert (job.state, job.done, job.failed) == (JobState.DONE, 1, 2)
    assert not Member.objects.exists()
    assert not job_can_retry(job), "a check wrote nothing that could be repeated"
    job = taken(import_get(file.public_id))
    assert (job.done, job.failed, Member.objects.count()) == (1, 2, 1)


def test_a_checked_table_keeps_its_result_when_its_rows_are_forgotten(brand: Tenant) -> None:
    file = uploaded([person(1), person(2, phone="nobody")])
    job = import_start(file, may=anything, is_dry=True)
    jobs_run_waiting()
    with clock.frozen(clock.now() + timedelta(days=2)):
        files_purge_run(clock.now().date())
    assert not ImportPiece.objects.exists()
    kept = import_get(file.public_id)
    assert (kept.job_id, [fault.row_no for fault in import_faults(job)]) == (job.pk, [2])
    with pytest.raises(InvalidTransition):
        import_start(kept, may=anything)


def test_refused_rows_come_back_with_what_they_were(brand: Tenant) -> None:
    file = uploaded([person(1), person(2, phone="=1+1"), person(3)])
    job = taken(file)
    header, row = csv.reader(io.StringIO(b"".join(faults_csv(job, file)).decode("utf-8-sig")))
    assert header == ["row_no", "error_code", "error", *HEADER]
    assert row[:2] == ["2", "invalid_value"]
    assert row[3:5] == ["'=1+1", "会员2"], "a refused row cannot compute either"


def test_only_the_refused_part_is_tried_again_and_once(brand: Tenant) -> None:
    file = uploaded([person(number, phone="") for number in range(6)])
    job = taken(file)
    assert (job.done, job.failed) == (0, 6)
    # What was in the way is gone: the column means an account now.
    ImportFile.objects.filter(pk=file.pk).update(
        mapping=["phone", "business_account", "gender", "birthday", "", "tags"]
    )
    again = job_retry(public_id=job.public_id)
    assert (again.retry_of, again.total) == (job.public_id, 6)
    jobs_run_waiting()
    again.refresh_from_db()
    assert (again.state, again.done, Member.objects.count()) == (JobState.DONE, 6, 6)
    assert not job_can_retry(job)
    with pytest.raises(InvalidTransition):
        job_retry(public_id=job.public_id)


def test_rows_that_were_refused_and_not_kept_are_not_lost_without_a_word(
    brand: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_FAULTS", 4)
    file = uploaded([person(number, phone="nobody") for number in range(6)])
    job = taken(file)
    text = b"".join(faults_csv(job, file)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows] == ["row_no", "1", "2", "3", "4", ""]
    assert "2 行" in rows[-1][2]
    with pytest.raises(InvalidTransition, match="重新导入"):
        job_retry(public_id=job.public_id)
    monkeypatch.setattr(importing, "MOST_FAULTS", 6)
    assert job_retry(public_id=job.public_id).total == 4, "the control: nothing is missing"


def test_a_retry_names_rows_by_their_place_in_the_file(brand: Tenant) -> None:
    job = taken(uploaded([person(1), person(2, phone="nobody"), person(3)]))
    again = job_retry(public_id=job.public_id)
    jobs_run_waiting()
    assert [fault.row_no for fault in import_faults(again)] == [2]


def test_a_table_is_started_once(brand: Tenant) -> None:
    file = uploaded([person(1)])
    import_start(file, may=anything)
    with pytest.raises(InvalidTransition):
        import_start(file, may=anything)
    with pytest.raises(Forbidden):
        import_start(file, may=lambda _permission: False)


@pytest.mark.parametrize(
    "mapping",
    [
        ["phone", "phone", "", "", "", ""],
        ["unknown", "", "", "", "", ""],
        ["phone"],
        ["", "name", "", "", "", ""],
    ],
)
def test_a_mapping_that_says_too_little_is_refused(brand: Tenant, mapping: list[str]) -> None:
    with pytest.raises(ImportRefused):
        import_start(uploaded([person(1)]), may=anything, mapping=mapping)


@pytest.mark.parametrize(
    "rows",
    [[], [HEADER], [[""], ["x"]], [["a"] * 101], [HEADER, ["1", "a\x00b"]], [HEADER, ["\ud800"]]],
)
def test_what_is_no_table_is_refused(brand: Tenant, rows: list[list[str]]) -> None:
    with pytest.raises(ImportRefused), transaction.atomic():
        import_upload("members", rows=rows, name="x", may=anything)
    assert not ImportFile.objects.exists()


def test_an_unknown_option_is_refused(brand: Tenant) -> None:
    for options in ({"source": "nowhere"}, {"colour": "red"}):
        with pytest.raises(ImportRefused):
            uploaded([person(1)], options=options)


def test_drafts_nobody_started_are_forgotten(brand: Tenant) -> None:
    uploaded([person(1)])
    assert files_purge_run(clock.now().date())["drafts"] == 0
    with clock.frozen(clock.now() + timedelta(days=2)):
        files_purge_run(clock.now().date())
    assert not ImportFile.objects.exists()
    assert not ImportPiece.objects.exists()


def test_two_rows_of_one_newcomer_fill_each_other(brand: Tenant) -> None:
    taken(uploaded([person(1, name=""), person(1, name="王宇轩")]))
    assert Member.objects.get().display_name == "王宇轩"


def test_a_date_before_all_calendars_refuses_its_row_alone(brand: Tenant) -> None:
    rows = [["手机", "入会时间"], ["13800000001", "0001-01-01 00:00:00"], ["13800000002", ""]]
    job = taken(import_upload("members", rows=rows, name="a.csv", may=anything))
    assert (job.state, job.done, job.failed) == (JobState.DONE, 1, 1)
