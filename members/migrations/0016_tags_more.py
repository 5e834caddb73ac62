import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import scrm.tenants.fields


class Migration(migrations.Migration):
    """Merges of tags, so that they can be taken back."""

    dependencies = [
        ("members", "0013_programme"),
        ("members", "0015_sets"),
        ("tenants", "0003_append_only_and_channels"),
    ]

    operations = [
        migrations.CreateModel(
            name="TagMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="tgm")),
                ("at", models.DateTimeField()),
                (
                    "moved",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "source",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="members.tag",
                    ),
                ),
                (
                    "target",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="members.tag",
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
                        fields=("tenant", "public_id"), name="tag_merge_public_id"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("tenant", "source"),
                        name="tag_merge_once",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["tenant", "target", "-at"], name="tag_merge_by_target"),
                ],
            },
        ),
    ]
