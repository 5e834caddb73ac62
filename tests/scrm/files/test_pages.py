"""The task centre, the export centre and the import pages as people use them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from members.people.models import Member
from scrm.access.services import membership_grant
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.events.models import AuditLog, Job, JobState
from scrm.files.connectors import run_record
from scrm.files.models import ImportFile, StoredFile
from scrm.tenants.context import tenant_scope
from tests.factories.members import member, order
from tests.scrm.console.conftest import House, house, lin

__all__ = ["house", "lin"]

BASE = "/console/mumian"
CSV = "手机号,姓名\n13800000001,=1+1\nnobody,李四\n"


def uploaded(browser: Client, text: str = CSV) -> str:
    file = SimpleUploadedFile("会员.csv", text.encode("gb18030"))
    answer = browser.post(f"{BASE}/members/import/", {"file": file, "options_source": "store"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return str(answer.headers["Location"])


def test_a_table_is_uploaded_checked_and_taken_in(lin: Client, house: House) -> None:
    where = uploaded(lin)
    page = lin.get(where).content.decode()
    assert "会员.csv" in page
    assert 'value="phone" selected' in page
    told = {"column_0": "phone", "column_1": "name"}
    checked = lin.post(where, {**told, "do": "check"}).content.decode()
    assert "invalid_value" in checked
    with tenant_scope(house.mumian):
        assert not Member.objects.exists(), "a check writes nothing"
    assert lin.post(where, {"column_1": "name", "do": "start"}).status_code == 422
    started = lin.post(where, {**told, "do": "start"})
    with tenant_scope(house.mumian):
        jobs_run_waiting()
        assert Member.objects.get().display_name == "=1+1"
    job = lin.get(started.headers["Location"]).content.decode()
    assert "被拒绝的行" in job
    assert "重试失败部分" in job
    faults = lin.get(f"{started.headers['Location']}faults/")
    assert "attachment" in faults.headers["Content-Disposition"]
    body = b"".join(faults.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(body)))[1][:2] == ["2", "invalid_value"]
    assert lin.get(where).status_code == 302, "a started table leads to its job"
    runs = lin.get(f"{BASE}/imports/").content.decode()
    assert "invalid_value × 1" in runs


def test_what_is_no_table_is_said_at_the_field(lin: Client) -> None:
    answer = lin.post(
        f"{BASE}/members/import/",
        {"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04junk"), "options_source": "store"},
    )
    assert answer.status_code == 422
    assert "XLSX" in answer.content.decode()


def exported(browser: Client, house: House, **told: Any) -> StoredFile:
    asked = {"kind": "members", "format": "csv", **told}
    where = f"{BASE}/exports/new/?kind={asked['kind']}"
    assert browser.post(where, asked).status_code == 302
    with tenant_scope(house.mumian):
        jobs_run_waiting()
        return StoredFile.objects.latest("id")


def test_a_list_is_taken_out_and_downloaded(lin: Client, house: House) -> None:
    with tenant_scope(house.mumian):
        member(phone="13812345678", gender="male")
        member(gender="female")
    shown = lin.get(f"{BASE}/members/list/?gender=male").content.decode()
    assert "exports/new/?kind=members&amp;query=gender%3Dmale" in shown
    drawer = lin.get(f"{BASE}/exports/new/?kind=members&query=gender%3Dmale").content.decode()
    assert "gender=male" in drawer
    file = exported(lin, house, query="gender=male")
    page = lin.get(f"{BASE}/exports/").content.decode()
    assert file.name in page
    assert "已脱敏" in page
    got = lin.get(f"{BASE}/exports/{file.public_id}/")
    body = b"".join(got.streaming_content).decode("utf-8-sig")
    assert "138****5678" in body
    assert "13812345678" not in body
    assert body.count("\n") == 2
    assert got.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert got.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert got.headers["Cache-Control"] == "no-store"
    with tenant_scope(house.mumian):
        assert AuditLog.objects.filter(action="file.downloaded").count() == 1


def test_chosen_rows_lead_from_the_bulk_bar_to_their_file(lin: Client, house: House) -> None:
    with tenant_scope(house.mumian):
        people = [member() for _ in range(3)]
        made = order(external_id="T-77", phone="13812345678")
    for where, kind, one in (
        ("members/list/", "members", people[0]),
        ("orders/list/", "orders", made),
    ):
        bar = lin.get(f"{BASE}/{where}").content.decode()
        begins = f'data-bulk-action="{BASE}/exports/new/?kind={kind}&amp;query=ids%3D"'
        assert begins in bar
        assert f'data-bulk-whole="{BASE}/exports/new/?kind={kind}&amp;query="' in bar
        drawer = lin.get(f"{BASE}/exports/new/?kind={kind}&query=ids%3D{one.public_id}")
        assert "仅所选的行" in drawer.content.decode()
        file = exported(lin, house, kind=kind, query=f"ids={one.public_id}")
        got = lin.get(f"{BASE}/exports/{file.public_id}/")
        body = b"".join(got.streaming_content).decode("utf-8-sig")
        assert one.public_id in body
        assert (file.rows, body.count("\n")) == (1, 2)


def test_the_order_list_finds_and_keeps_people_from_who_may_not_see_them(
    lin: Client, house: House
) -> None:
    with tenant_scope(house.mumian):
        order(external_id="T-1", phone="13812345678")
        order(external_id="S-2", channel="store", phone="13912345678")
    page = lin.get(f"{BASE}/orders/list/").content.decode()
    assert ("T-1" in page, "S-2" in page, "138****5678" in page) == (True, True, True)
    for query in ("q=S-2", "channel=store"):
        page = lin.get(f"{BASE}/orders/list/?{query}").content.decode()
        assert ("T-1" in page, "S-2" in page) == (False, True), query
    assert "T-1" not in lin.get(f"{BASE}/orders/list/?day_from=2026-01-16").content.decode()
    assert "T-1" in lin.get(f"{BASE}/orders/list/?day_to=2026-01-15").content.decode()
    assert "data-bulk-action" in page
    membership_grant(operator=house.wang, tenant=house.mumian, roles=["finance"])
    colleague = Client()
    colleague.force_login(house.wang, backend="django.contrib.auth.backends.ModelBackend")
    page = colleague.get(f"{BASE}/orders/list/").content.decode()
    assert ("T-1" in page, "138****5678" in page) == (True, False)


def test_a_sync_that_failed_is_shown_with_its_error(lin: Client, house: House) -> None:
    with tenant_scope(house.mumian):
        told: dict[str, Any] = {"connector": "wecom", "kind": "contacts", "reasons": {}}
        run_record(**told, accepted=7, name="木棉")
        run_record(**told, accepted=0, name="木棉", error="gettoken 40001 凭证无效")
    page = lin.get(f"{BASE}/imports/").content.decode()
    assert "gettoken 40001 凭证无效" in page
    assert "失败 1 次" in page
    assert page.count("已结束") == 1


def test_an_import_that_failed_is_not_shown_as_under_way(lin: Client, house: House) -> None:
    where = uploaded(lin)
    lin.post(where, {"column_0": "phone", "column_1": "name", "do": "start"})
    with tenant_scope(house.mumian):
        Job.objects.update(state=JobState.FAILED, error="disk full")
    page = lin.get(f"{BASE}/imports/").content.decode()
    assert "disk full" in page
    assert "进行中" not in page


def test_colleagues_see_the_file_and_do_not_get_it(lin: Client, house: House) -> None:
    file = exported(lin, house)
    membership_grant(operator=house.wang, tenant=house.mumian, roles=["analyst"])
    colleague = Client()
    colleague.force_login(house.wang, backend="django.contrib.auth.backends.ModelBackend")
    page = colleague.get(f"{BASE}/exports/").content.decode()
    assert file.name in page
    assert f"/exports/{file.public_id}/" not in page
    assert colleague.get(f"{BASE}/exports/{file.public_id}/").status_code == 403
    assert "is_plain" not in colleague.get(f"{BASE}/exports/new/?kind=members").content.decode()


def test_whole_numbers_ask_for_a_reason(lin: Client, house: House) -> None:
    asked = {"kind": "members", "format": "csv", "is_plain": "on"}
    answer = lin.post(f"{BASE}/exports/new/?kind=members", asked)
    assert answer.status_code == 422
    assert exported(lin, house, is_plain="on", reason="门店回访").mask == "plain"


def test_the_indicator_counts_and_stops(lin: Client, house: House) -> None:
    assert lin.get(f"{BASE}/jobs/running/").status_code == 286
    lin.post(f"{BASE}/exports/new/", {"kind": "members", "format": "csv"})
    running = lin.get(f"{BASE}/jobs/running/")
    assert running.status_code == 200
    assert "every 2s" in running.content.decode()
    assert 'hx-get="/console/mumian/jobs/running/"' in lin.get(f"{BASE}/audit/").content.decode()
    with tenant_scope(house.mumian):
        jobs_run_waiting()
    assert "every 2s" not in lin.get(f"{BASE}/jobs/running/").content.decode()


def test_a_job_is_cancelled_and_goes_on(lin: Client, house: House) -> None:
    lin.post(f"{BASE}/exports/new/", {"kind": "members", "format": "csv"})
    with tenant_scope(house.mumian):
        job = Job.objects.get()
    where = f"{BASE}/jobs/{job.public_id}/"
    assert f"{where}cancel/" in lin.get(f"{BASE}/jobs/?by=me").content.decode()
    lin.post(f"{where}cancel/")
    assert "已取消" in lin.get(f"{BASE}/jobs/?state=cancelled").content.decode()
    lin.post(f"{where}retry/")
    with tenant_scope(house.mumian):
        jobs_run_waiting()
        assert Job.objects.get().state == JobState.DONE
    assert "下载结果" in lin.get(where).content.decode()


def test_nobody_reads_a_table_they_could_not_write(lin: Client, house: House) -> None:
    where = uploaded(lin)
    membership_grant(operator=house.wang, tenant=house.mumian, roles=["analyst"])
    colleague = Client()
    colleague.force_login(house.wang, backend="django.contrib.auth.backends.ModelBackend")
    assert colleague.get(where).status_code == 403
    with tenant_scope(house.mumian):
        assert ImportFile.objects.count() == 1


@pytest.mark.parametrize("page", ["jobs/", "exports/", "imports/", "exports/new/", "orders/list/"])
def test_pages_ask_little(
    lin: Client, house: House, page: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(16):  # with session, places and notices
        assert lin.get(f"{BASE}/{page}").status_code == 200
