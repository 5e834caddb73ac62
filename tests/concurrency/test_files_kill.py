"""Kill -9 in the middle of an export and of an import: finished parts stay, and every row counts once.

The worker is a process that stops inside the third part, after its work and before its commit; there it is
killed. The control is the same worker with the place of the next part forgotten: it must be noticed.
"""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from members.people.models import Member
from scrm.core import clock
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.events.models import Job, JobState
from scrm.files import exports, imports
from scrm.files.exports import export_start
from scrm.files.imports import import_start, import_upload
from scrm.files.models import ConnectorRun, FilePart, StoredFile
from scrm.files.store import parts_read
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import member
from tests.support.api import tenant
from tests.support.servers import ROOT, process_environment

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]

SIZE = 5
# argv: tenant, module whose `job_advance` is watched, "control" to forget the cursor.
_WORKER = """
import sys, importlib, django
django.setup()
from scrm.files import exports, imports
exports.PART = {size}
module = importlib.import_module(sys.argv[2])
advance, calls = module.job_advance, []
def watched(job, **told):
    calls.append(1)
    if len(calls) == 3:
        print("inside", flush=True)
        sys.stdin.read()
    place = told.get("cursor")
    if sys.argv[3] == "control":
        told["cursor"] = {}
    advance(job, **told)
    job.cursor = place or job.cursor
module.job_advance = watched
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.tenants.context import tenant_scope
with tenant_scope(int(sys.argv[1])):
    jobs_run_waiting()
""".replace("{size}", str(SIZE))


@pytest.fixture
def brand(monkeypatch: pytest.MonkeyPatch) -> Tenant:
    monkeypatch.setattr(exports, "PART", SIZE)
    monkeypatch.setattr(imports, "PIECE", SIZE)
    return tenant()


def anything(_permission: str) -> bool:
    return True


def killed_inside(brand: Tenant, module: str, *, control: bool = False) -> None:
    """Run a worker until it stands inside its third part, and kill it there."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(brand.pk), module, "control" if control else ""],
        cwd=ROOT,
        env=process_environment(SCRM_SECRET_KEYS=settings.SCRM_SECRET_KEYS[0]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert said == "inside\n", "the worker ended before it was killed"


def resumed() -> Job:
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        assert jobs_run_waiting() == 1
    return Job.objects.get()


def exported() -> tuple[Job, list[str]]:
    job = resumed()
    raw = b"".join(parts_read(StoredFile.objects.get())).decode("utf-8-sig")
    return job, [row[0] for row in list(csv.reader(io.StringIO(raw)))[1:]]


def test_a_killed_export_goes_on_after_its_finished_parts(brand: Tenant) -> None:
    with tenant_scope(brand):
        people = [member().public_id for _ in range(4 * SIZE + 2)]
        export_start("members", may=anything)
        killed_inside(brand, "scrm.files.exports")
        assert FilePart.objects.count() == 2, "two parts were finished, the third was undone"
        job, ids = exported()
        assert job.state == JobState.DONE
        assert ids == people


def test_control_a_place_that_is_not_kept_with_its_part_is_noticed(brand: Tenant) -> None:
    """The same kill, but the first two parts were written without their place: it cannot end well."""
    with tenant_scope(brand):
        for _ in range(4 * SIZE):
            member()
        export_start("members", may=anything)
        killed_inside(brand, "scrm.files.exports", control=True)
        job, ids = exported()
        assert job.state == JobState.FAILED or len(ids) != len(set(ids))


def rows(count: int) -> list[list[Any]]:
    return [
        ["手机号", "姓名"],
        *([f"1380000{number:04d}", f"会员{number}"] for number in range(count)),
    ]


def test_a_killed_import_takes_every_row_once(brand: Tenant) -> None:
    with tenant_scope(brand):
        file = import_upload("members", rows=rows(4 * SIZE + 2), name="a.csv", may=anything)
        import_start(file, may=anything)
        killed_inside(brand, "scrm.files.importing")
        assert Member.objects.count() == 2 * SIZE, "the third piece was undone"
        job = resumed()
        run = ConnectorRun.objects.get()
        assert (job.state, job.done, job.failed) == (JobState.DONE, 4 * SIZE + 2, 0)
        assert (run.read, run.accepted) == (4 * SIZE + 2, 4 * SIZE + 2)
        assert Member.objects.count() == 4 * SIZE + 2
