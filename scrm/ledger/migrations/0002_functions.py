from __future__ import annotations

from typing import ClassVar

from django.db import migrations

from scrm.ledger.sql import DROP, POST, POST_MANY
from scrm.tenants.append_only import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL([POST, POST_MANY], DROP),
        append_only("ledger_transfer"),
    ]
