import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import scrm.tenants.fields


class Migration(migrations.Migration):
    """Fields of a brand's own with their values, notes, and what people do for a living."""

    dependencies = [
        ("members", "0016_tags_more"),
        ("tenants", "0003_append_only_and_channels"),
    ]

    operations = [
        migrations.AddField(
            model_name="member",
            name="occupation",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="cfd")),
                ("key", models.CharField(max_length=40)),
                ("label", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "文字"),
                            ("number", "整数"),
                            ("date", "日期"),
                            ("bool", "是或否"),
                            ("choice", "单选"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("basic", "基础属性"),
                            ("content", "内容偏好"),
                            ("spending", "消费习惯"),
                            ("social", "社交习惯"),
                        ],
                        db_default="basic",
                        default="basic",
                        max_length=8,
                    ),
                ),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
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
        ),
        migrations.CreateModel(
            name="CustomValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("text", models.CharField(blank=True, db_default="", default="", max_length=200)),
                ("number", models.BigIntegerField(blank=True, null=True)),
                ("day", models.DateField(blank=True, null=True)),
                ("flag", models.BooleanField(blank=True, null=True)),
                (
                    "field",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.customfield",
                    ),
                ),
                (
                    "member",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.member",
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
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="nte")),
                ("text", models.CharField(max_length=1000)),
                ("author_kind", models.CharField(max_length=20)),
                ("author_id", models.CharField(blank=True, max_length=40)),
                ("author_label", models.CharField(blank=True, max_length=80)),
                ("at", models.DateTimeField()),
                ("edited_at", models.DateTimeField(blank=True, null=True)),
                ("pinned_at", models.DateTimeField(blank=True, null=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "member",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.member",
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
        ),
        migrations.CreateModel(
            name="TagGroupDirection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("basic", "基础属性"),
                            ("content", "内容偏好"),
                            ("spending", "消费习惯"),
                            ("social", "社交习惯"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "group",
                    scrm.tenants.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="members.taggroup",
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
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="custom_field_public_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.UniqueConstraint(fields=("tenant", "key"), name="custom_field_key"),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at", None)),
                fields=("tenant", "label"),
                name="custom_field_label",
            ),
        ),
        migrations.AddIndex(
            model_name="customvalue",
            index=models.Index(fields=["tenant", "field", "text"], name="custom_value_by_text"),
        ),
        migrations.AddIndex(
            model_name="customvalue",
            index=models.Index(
                condition=models.Q(("number__isnull", False)),
                fields=["tenant", "field", "number"],
                name="custom_value_by_number",
            ),
        ),
        migrations.AddIndex(
            model_name="customvalue",
            index=models.Index(
                condition=models.Q(("day__isnull", False)),
                fields=["tenant", "field", "day"],
                name="custom_value_by_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="customvalue",
            constraint=models.UniqueConstraint(
                fields=("tenant", "member", "field"), name="custom_value_of_member"
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(fields=["tenant", "member", "-at", "-id"], name="note_of_member"),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="note_public_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="taggroupdirection",
            constraint=models.UniqueConstraint(
                fields=("tenant", "group"), name="tag_group_direction_once"
            ),
        ),
    ]
