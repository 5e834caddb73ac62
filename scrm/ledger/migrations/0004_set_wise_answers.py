from __future__ import annotations

from typing import ClassVar

from django.db import migrations

from scrm.ledger.sql import POST_MANY


class Migration(migrations.Migration):
    """A batch's answers are looked up by hash: joins over its own rows grew with their square."""

    dependencies: ClassVar = [("ledger", "0003_reversals")]
    operations: ClassVar = [
        migrations.RunSQL(POST_MANY, migrations.RunSQL.noop),
        # Room on each page for the next version of a balance, so that postings leave the indexes alone.
        migrations.RunSQL(
            "ALTER TABLE ledger_account SET (fillfactor = 70)",
            "ALTER TABLE ledger_account RESET (fillfactor)",
        ),
    ]
