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
    initial = True

    dependencies = [
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", _key()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="view")),
                ("page", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=30)),
                ("query", models.CharField(blank=True, default="", max_length=2000)),
                ("is_shared", models.BooleanField(default=False)),
                ("operator_id", models.BigIntegerField()),
                ("tenant", _tenant()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "public_id"), name="saved_view_public_id"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "page", "operator_id", "name"), name="saved_view_name"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UndoStep",
            fields=[
                ("id", _key()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="undo")),
                ("kind", models.CharField(max_length=60)),
                ("payload", models.JSONField(default=dict)),
                ("back_url", models.CharField(blank=True, default="", max_length=2000)),
                ("ends_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("operator_id", models.BigIntegerField()),
                ("tenant", _tenant()),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "ends_at"], name="undo_step_by_end")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "public_id"), name="undo_step_public_id"
                    ),
                ],
            },
        ),
    ]
