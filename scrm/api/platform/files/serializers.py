"""Shapes of exports and imports on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    Moment,
    StrictBoolean,
    StrictChoice,
    StrictList,
    StrictSerializer,
    StrictString,
)
from scrm.events.models import JobState
from scrm.files.models import MaskLevel

MOST_ROWS = 5_000
_MOST_TEXT = 2_000_000


class ExportIn(StrictSerializer):
    """What to take out."""

    kind = StrictString(
        max_length=60, help_text="members, orders, segments, audit, push_recipients."
    )
    format = StrictChoice(choices=["csv", "xlsx"], default="csv")
    query = StrictString(
        max_length=4000,
        required=False,
        default="",
        allow_blank=True,
        help_text="The query string of the list in the console; empty for everything.",
    )
    is_plain = StrictBoolean(
        required=False,
        default=False,
        help_text="Whole phone numbers; needs members.pii and a reason.",
    )
    reason = StrictString(max_length=200, required=False, default="", allow_blank=True)


class ExportOut(StrictSerializer):
    """A file and how far it is; it can be downloaded once `ready_at` is set."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    kind = serializers.CharField()
    mask = serializers.ChoiceField(choices=MaskLevel.values)
    rows = serializers.IntegerField()
    size = serializers.IntegerField()
    job = serializers.CharField(source="job.public_id")
    state = serializers.ChoiceField(choices=JobState.choices, source="job.state")
    requester = serializers.CharField()
    created_at = Moment()
    ready_at = Moment(allow_null=True)
    expires_at = Moment()


class ExportQuery(ListQuery):
    """Narrow the list."""

    kind = serializers.CharField(required=False, max_length=60)


class _ImportBase(StrictSerializer):
    kind = StrictString(max_length=60, help_text="members or orders.")
    name = StrictString(max_length=120, required=False, default="api")
    options = FreeObject(
        required=False, default=dict, help_text="For orders `channel`, for members `source`."
    )
    is_dry = StrictBoolean(required=False, default=False, help_text="Check every row, write none.")


class ImportIn(_ImportBase):
    """Rows as objects of text by column, or a whole CSV with a header; one of the two."""

    rows = StrictList(
        child=serializers.DictField(child=StrictString(max_length=4000, allow_blank=True)),
        required=False,
        max_length=MOST_ROWS,
    )
    csv = StrictString(max_length=_MOST_TEXT, required=False, trim_whitespace=False)


class UploadIn(StrictSerializer):
    """A CSV or XLSX file as multipart/form-data."""

    kind = serializers.CharField(max_length=60, help_text="members or orders.")
    option = serializers.CharField(
        max_length=40,
        required=False,
        default="",
        help_text="The channel of orders, the source of members.",
    )
    is_dry = serializers.BooleanField(required=False, default=False)
    file = serializers.FileField(allow_empty_file=False)


class ImportOut(StrictSerializer):
    """A table and how far its job is."""

    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    name = serializers.CharField()
    rows = serializers.IntegerField()
    header = serializers.ListField(child=serializers.CharField(allow_blank=True))
    mapping = serializers.ListField(
        child=serializers.CharField(allow_blank=True),
        help_text="Our column at the place of each heading; empty where none was recognised.",
    )
    is_dry = serializers.SerializerMethodField()
    job = serializers.CharField(source="job.public_id", allow_null=True, default=None)
    state = serializers.ChoiceField(
        choices=JobState.choices, source="job.state", allow_null=True, default=None
    )
    accepted = serializers.IntegerField(source="job.done", default=0)
    rejected = serializers.IntegerField(source="job.failed", default=0)
    created_at = Moment()

    def get_is_dry(self, file: Any) -> bool:
        return bool(file.job is not None and file.job.params.get("is_dry"))


class ImportQuery(ListQuery):
    """Narrow the list."""

    kind = serializers.CharField(required=False, max_length=60)


class FaultOut(StrictSerializer):
    """A row that was refused, as it came."""

    row_no = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    cells = serializers.ListField(child=serializers.CharField(allow_blank=True))
