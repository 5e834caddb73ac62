from __future__ import annotations

from typing import ClassVar

from django.db import migrations

from scrm.ledger.sql import POST


class Migration(migrations.Migration):
    """Reversals queue on an advisory lock: the app role may not lock rows of the history."""

    dependencies: ClassVar = [("ledger", "0002_functions")]
    operations: ClassVar = [migrations.RunSQL(POST, migrations.RunSQL.noop)]
