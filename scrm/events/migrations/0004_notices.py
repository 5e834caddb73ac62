from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import scrm.tenants.fields


def _key() -> models.BigAutoField:
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def _tenant() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="tenants.tenant",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0003_job_claim"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", _key()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="ntc")),
                ("kind", models.CharField(max_length=60)),
                ("title", models.CharField(max_length=120)),
                ("text", models.CharField(blank=True, default="", max_length=500)),
                ("values", models.JSONField(blank=True, default=dict)),
                ("operator_id", models.BigIntegerField(blank=True, null=True)),
                ("permission", models.CharField(blank=True, default="", max_length=60)),
                ("page", models.CharField(blank=True, default="", max_length=60)),
                ("arguments", models.JSONField(blank=True, default=dict)),
                ("once", models.CharField(blank=True, default="", max_length=120)),
                ("tenant", _tenant()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="notice_by_time")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "public_id"), name="notice_public_id"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("once", ""), _negated=True),
                        fields=("tenant", "once"),
                        name="notice_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeRead",
            fields=[
                ("id", _key()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("operator_id", models.BigIntegerField()),
                (
                    "notice",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="events.notice",
                    ),
                ),
                ("tenant", _tenant()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "notice", "operator_id"), name="notice_read_once"
                    )
                ],
            },
        ),
    ]
