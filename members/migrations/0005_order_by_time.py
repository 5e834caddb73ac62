from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The order list, newest first."""

    atomic = False

    dependencies = [
        ("members", "0004_orders_import_moves_on"),
    ]

    operations = [
        # Waits for every running transaction, longer than the lock timeout of a migration.
        migrations.RunSQL("SET lock_timeout = 0", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(fields=["tenant", "-occurred_at", "-id"], name="order_by_time"),
        ),
    ]
