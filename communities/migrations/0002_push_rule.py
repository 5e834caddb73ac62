from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """A push keeps the rule it was let go with."""

    dependencies: ClassVar = [("communities", "0001_initial")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="push",
            name="rule",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
