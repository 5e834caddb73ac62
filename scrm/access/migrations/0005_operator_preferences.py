from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0004_people")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="operator",
            name="preferences",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
