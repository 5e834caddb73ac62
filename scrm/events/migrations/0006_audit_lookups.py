"""Find what happened to one object, or by one person, without reading the whole log."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The log is written all day: its indexes are built beside the writing.
    atomic = False
    dependencies: ClassVar = [("events", "0005_files_and_retries")]

    operations: ClassVar = [
        AddIndexConcurrently(
            model_name="auditlog",
            index=models.Index(fields=["tenant", "object_id", "at"], name="audit_by_object"),
        ),
        AddIndexConcurrently(
            model_name="auditlog",
            index=models.Index(fields=["tenant", "actor_id", "at"], name="audit_by_actor"),
        ),
    ]
