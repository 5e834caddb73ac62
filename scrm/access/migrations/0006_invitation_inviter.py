from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0005_operator_preferences")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="invitation",
            name="inviter",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
    ]
