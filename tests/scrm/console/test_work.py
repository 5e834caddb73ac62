from __future__ import annotations

import pytest
from django.test import Client

from scrm.events.jobs import services
from scrm.events.jobs.services import job_finish, job_start
from scrm.events.models import Job, JobState
from scrm.tenants.context import tenant_scope
from tests.scrm.console.conftest import House


@pytest.fixture
def job(house: House, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setitem(services.JOB_KINDS, "kit.try", "导入订单")
    with tenant_scope(house.mumian):
        return job_start("kit.try", total=100)


def test_the_task_centre_shows_own_brands_jobs_only(lin: Client, job: Job) -> None:
    assert job.public_id in lin.get("/console/mumian/jobs/").content.decode()
    assert job.public_id not in lin.get("/console/chayu/jobs/").content.decode()


def test_progress_polls_until_the_job_is_over(lin: Client, job: Job, house: House) -> None:
    address = f"/console/mumian/jobs/{job.public_id}/progress/"
    first = lin.get(address)
    assert first.status_code == 200
    assert "every 2s" in first.content.decode()
    with tenant_scope(house.mumian):
        Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
        job_finish(job)
    last = lin.get(address)
    assert last.status_code == 286
    assert "hx-get" not in last.content.decode()


def test_another_brands_job_is_not_there(lin: Client, job: Job) -> None:
    for tail in ("", "progress/"):
        assert lin.get(f"/console/chayu/jobs/{job.public_id}/{tail}").status_code == 404


def test_the_jobs_page_names_its_starter_and_state(lin: Client, job: Job) -> None:
    body = lin.get(f"/console/mumian/jobs/{job.public_id}/").content.decode()
    assert "<h1>导入订单</h1>" in body
    assert "排队中" in body


def test_an_empty_filter_result_offers_to_clear(lin: Client, job: Job) -> None:
    body = lin.get("/console/mumian/jobs/?state=failed").content.decode()
    assert "没有符合条件的结果" in body
    assert "清空" in body
