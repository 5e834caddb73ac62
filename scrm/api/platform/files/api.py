"""Exports and imports by REST: long work that answers at once with its job."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scrm.api.operations import operation
from scrm.api.platform.files import serializers as shapes
from scrm.api.platform.files.transfer import DownloadView, UploadView
from scrm.api.routes import route_register
from scrm.api.views import ApiView
from scrm.core.errors import Forbidden
from scrm.files.errors import ImportRefused
from scrm.files.exports import export_start
from scrm.files.imports import import_get, import_kind, import_start, import_upload
from scrm.files.selectors import faults_of, files_list, imports_list
from scrm.files.sheets import lines_rows, rows_of_upload
from scrm.files.store import file_get

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scrm.files.models import ImportFault, ImportFile, StoredFile

_ACCEPTED = 202
_ROW = {
    "external_id": "T1",
    "phone": "13800000001",
    "paid_at": "2026-11-22 09:30",
    "subtotal": "299.00",
}


class ExportList(ApiView):
    """Files that were taken out."""

    scope_read = "exports.view"
    scope_write = "exports.create"

    @operation(
        "exports_list", "List export files, newest first.",
        query=shapes.ExportQuery, answer=shapes.ExportOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[StoredFile]:
        kind = self.query.get("kind", "")
        return files_list(kinds=[kind] if kind else [])

    @operation(
        "export_create",
        "Start an export.",
        description="Needs the right to see the rows as well. Phones are masked unless `is_plain` says otherwise.",
        body=shapes.ExportIn,
        answer=shapes.ExportOut,
        status=_ACCEPTED,
        errors=("export_refused", "reason_required", "forbidden"),
        examples={"orders of a channel": {"kind": "orders", "query": "channel=tmall"}},
    )
    def post(self) -> StoredFile:
        told = dict(self.body)
        return export_start(told.pop("kind"), may=self.caller.may, **told)


class ExportDetail(ApiView):
    """One file."""

    scope_read = "exports.view"

    @operation("export_get", "An export file and how far it is.", answer=shapes.ExportOut)
    def get(self, public_id: str) -> StoredFile:
        return file_get(public_id)


class ExportFile(DownloadView):
    """The content of a file."""

    scope_read = "exports.view"

    @operation(
        "export_file_get",
        "Download the file of an export that this key asked for.",
        status=200,
        errors=("file_not_ready", "file_expired", "forbidden"),
    )
    def get(self, public_id: str) -> None: ...


class ImportList(ApiView):
    """Tables that came in."""

    scope_read = "imports.view"
    scope_write = "imports.create"

    @operation(
        "imports_list", "List imports, newest first.",
        query=shapes.ImportQuery, answer=shapes.ImportOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[ImportFile]:
        return imports_list(kind=self.query.get("kind", ""))

    @operation(
        "import_create",
        "Start an import of rows or of a CSV.",
        description="Headings are recognised by name in Chinese or English. Needs the right to write the rows as "
        "well. Refused rows do not stop the others; read them at `/imports/{id}/errors`.",
        body=shapes.ImportIn,
        answer=shapes.ImportOut,
        status=_ACCEPTED,
        errors=("import_refused", "forbidden"),
        examples={
            "two orders": {"kind": "orders", "options": {"channel": "tmall"}, "rows": [_ROW]}
        },
    )
    def post(self) -> ImportFile:
        told = self.body
        if ("rows" in told) == ("csv" in told):
            raise ImportRefused("give rows or csv", pointer="/rows")
        rows = (
            _rows(told["rows"])
            if "rows" in told
            else lines_rows(io.StringIO(told["csv"], newline=""))
        )
        return _start(
            self,
            kind=told["kind"],
            rows=rows,
            name=told["name"],
            options=told["options"],
            is_dry=told["is_dry"],
        )


class ImportUpload(UploadView):
    """Tables as files."""

    scope_write = "imports.create"

    @operation(
        "import_upload",
        "Start an import of an uploaded CSV or XLSX file.",
        body=shapes.UploadIn,
        answer=shapes.ImportOut,
        status=_ACCEPTED,
        errors=("import_refused", "forbidden"),
    )
    def post(self) -> ImportFile:
        told = self.body
        spec, upload = import_kind(told["kind"]), told["file"]
        options = {spec.options[0].key: told["option"]} if told["option"] and spec.options else {}
        return _start(
            self,
            kind=spec.kind,
            rows=rows_of_upload(upload, name=upload.name),
            name=upload.name,
            options=options,
            is_dry=told["is_dry"],
        )


class ImportDetail(ApiView):
    """One table."""

    scope_read = "imports.view"

    @operation("import_get", "An import and how far it is.", answer=shapes.ImportOut)
    def get(self, public_id: str) -> ImportFile:
        return import_get(public_id)


class ImportErrors(ApiView):
    """Rows that were refused."""

    scope_read = "imports.create"

    @operation(
        "import_errors_list",
        "Refused rows of an import with their codes, by row.",
        answer=shapes.FaultOut,
        is_list=True,
        order=("id",),
    )
    def get(self, public_id: str) -> QuerySet[ImportFault]:
        file = import_get(public_id)
        if not self.caller.may(import_kind(file.kind).permission):
            raise Forbidden  # rows hold whole phones
        return faults_of(file)


def _start(
    view: ApiView,
    *,
    kind: str,
    rows: Iterator[list[str]],
    name: str,
    options: Mapping[str, Any],
    is_dry: bool,
) -> ImportFile:
    may = view.caller.may
    words = {key: str(value) for key, value in options.items()}
    file = import_upload(kind, rows=rows, name=name, may=may, options=words, connector="rest")
    file.job = import_start(file, may=may, is_dry=is_dry)
    return file


def _rows(objects: Sequence[Mapping[str, str]]) -> Iterator[list[str]]:
    """Objects as a table; its header is every name that occurs."""
    header = list(dict.fromkeys(name for item in objects for name in item))
    yield header
    for item in objects:
        yield [item.get(name, "") for name in header]


route_register("exports", ExportList, "exports")
route_register("exports/<str:public_id>", ExportDetail, "export")
route_register("exports/<str:public_id>/file", ExportFile, "export-file")
route_register("imports", ImportList, "imports")
route_register("imports/file", ImportUpload, "imports-file")
route_register("imports/<str:public_id>", ImportDetail, "import")
route_register("imports/<str:public_id>/errors", ImportErrors, "import-errors")
