"""Bodies that are no JSON: a file in, a file out."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.http import content_disposition_header
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from typing_extensions import override

from scrm.api.operations import operation_of
from scrm.api.views import ApiView, query_read
from scrm.files.store import file_take, parts_read

MOST_BYTES = 200 * 1024 * 1024
BINARY = "application/octet-stream"


class UploadView(ApiView):
    """Takes multipart/form-data; the file goes to disk while it comes, after the key was checked."""

    parser_classes: list[type[BaseParser]] = [MultiPartParser]

    @override
    def raw_read(self, request: HttpRequest) -> bytes:
        """What an Idempotency-Key is compared by: a digest of fields and file."""
        if request.method != "POST":
            return b""
        self.check_permissions(self.request)
        if request.content_type != "multipart/form-data":
            raise UnsupportedMediaType(str(request.content_type))
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            raise ParseError("a file has at most 200 MB")
        try:
            fields, files = request.POST, request.FILES
        except MultiPartParserError as error:
            raise ParseError("the body is not multipart/form-data") from error
        digest = hashlib.sha256(repr(sorted(fields.lists())).encode())
        for name, upload in sorted(files.items()):
            digest.update(repr((name, getattr(upload, "name", ""))).encode())
            for chunk in upload.chunks():  # type: ignore[union-attr]
                digest.update(chunk)
            upload.seek(0)  # type: ignore[union-attr]
        return digest.digest()


class DownloadView(ApiView):
    """Answers with the content of a stored file, part by part."""

    @override
    def _serve(self, request: Request, raw: bytes) -> Any:
        found = operation_of(getattr(self, str(request.method).lower(), None))
        assert found is not None, "check_permissions lets only operations through"  # noqa: S101
        query_read(request, found)
        with self.entered(request):
            return self._file(str(self.kwargs["public_id"]))

    def _file(self, public_id: str) -> HttpResponseBase:
        file = file_take(public_id, may=self.caller.may)
        name = content_disposition_header(as_attachment=True, filename=file.name)
        return StreamingHttpResponse(
            parts_read(file),
            content_type=BINARY,
            headers={"Content-Disposition": name or "attachment", "Cache-Control": "no-store"},
        )
