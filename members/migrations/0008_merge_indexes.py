from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who stands behind a living member, and the queue of doubts."""

    atomic = False

    dependencies = [
        ("members", "0007_merge"),
    ]

    operations = [
        # Waits for every running transaction, longer than the lock timeout of a migration.
        migrations.RunSQL("SET lock_timeout = 0", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="member",
            index=models.Index(
                fields=["tenant", "merged_into"],
                name="member_by_merge",
                condition=models.Q(merged_into__isnull=False),
            ),
        ),
        AddIndexConcurrently(
            model_name="identityconflict",
            index=models.Index(
                fields=["tenant", "state", "-occurred_at", "-id"], name="identity_conflict_queue"
            ),
        ),
    ]
