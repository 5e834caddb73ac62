"""Addresses of files: jobs' second tries, exports, imports."""

from __future__ import annotations

from scrm.events.jobs.runner import jobs_run_waiting
from scrm.files.exports import export_start
from scrm.files.imports import import_start, import_upload
from tests.rules.urls.rows import Api, Page

_HEADER = ["订单号", "手机号", "支付时间", "金额"]


def _anything(_permission: str) -> bool:
    return True


def _upload(number: str) -> str:
    rows = [_HEADER, [number, "13800009911", "2026-01-15", "10.00"], ["bad", "", "2026-01-15", "x"]]
    file = import_upload("orders", rows=rows, name="a.csv", may=_anything)
    return file.public_id


def objects() -> dict[str, str]:
    from scrm.files.imports import import_get

    taken = import_start(import_get(_upload("of-A-1")), may=_anything)
    file = export_start("orders", may=_anything)
    jobs_run_waiting()
    return {"import_job": taken.public_id, "import": _upload("of-A-2"), "file": file.public_id}


_JOB = {"job_id": "{job}"}
_FILE = {"file_id": "{file}"}
_IMPORT = {"import_id": "{import}"}
_MAPPING = {
    "column_0": "external_id",
    "column_1": "phone",
    "column_2": "paid_at",
    "column_3": "subtotal",
}

_ROWS = [{"external_id": "T1", "paid_at": "2026-01-15", "subtotal": "1.00", "phone": "13800009912"}]

ROWS = [
    Page("jobs-indicator"),
    Page("job-cancel", "POST", path=_JOB, owner=302),
    # Only who may do the work may repeat it.
    Page("job-retry", "POST", path={"job_id": "{import_job}"}, owner=302, colleague=403),
    Page("exports"),
    Page("exports-new"),
    Page("exports-new", query={"kind": "orders", "query": "channel=tmall"}),
    Page("exports-new", "POST", data={"kind": "orders", "format": "csv"}, owner=302),
    Page("file-download", path=_FILE, colleague=403),
    Page("imports"),
    Page("import", path=_IMPORT),
    Page("import", "POST", path=_IMPORT, data={**_MAPPING, "do": "check"}),
    Page("import", "POST", path=_IMPORT, data={**_MAPPING, "do": "start"}, owner=302),
    Page("import-faults", path={"job_id": "{import_job}"}),
    Page("members-import"),
    Page("members-import", "POST", data={"options_source": "tmall"}, owner=422),
    Api("exports"),
    Api("exports", "POST", body={"kind": "orders"}, owner=202),
    Api("export", path={"public_id": "{file}"}),
    # Another key asked for it; only `exports.all` opens it.
    Api("export-file", path={"public_id": "{file}"}, needs="exports.all"),
    Api("imports"),
    Api("imports", "POST", body={"kind": "orders", "rows": _ROWS}, owner=202),
    Api("imports-file", "POST", body={}, owner=415),
    Api("import", path={"public_id": "{import}"}),
    Api("import-errors", path={"public_id": "{import}"}),
]
