from __future__ import annotations

from typing import ClassVar

from django.db import migrations

from scrm.tenants.append_only import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar = [("events", "0001_initial")]
    operations: ClassVar = [append_only("events_auditlog")]
