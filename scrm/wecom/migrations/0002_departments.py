from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import scrm.tenants.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tenants", "0001_initial"), ("wecom", "0001_initial")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Department",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("number", models.BigIntegerField()),
                ("name", models.CharField(blank=True, default="", max_length=80)),
                ("parent", models.BigIntegerField(default=0)),
                ("gone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "corp",
                    scrm.tenants.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wecom.wecomcorp",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "corp", "number"), name="wecom_department_once"
                    )
                ],
            },
        ),
    ]
