import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import scrm.tenants.fields


class Migration(migrations.Migration):
    """Merges of members and what they moved; proofs of identifiers; the nightly identity report."""

    dependencies = [
        ("members", "0006_tiers"),
        ("tenants", "0003_append_only_and_channels"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("as_of", models.DateField()),
                ("counts", models.JSONField(default=dict)),
                ("samples", models.JSONField(default=dict)),
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
            name="MemberMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="mrg")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("manual", "人工合并"),
                            ("conflict", "处理身份冲突"),
                            ("stitch", "匿名归并"),
                            ("auto", "自动合并"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("actor_label", models.CharField(blank=True, default="", max_length=80)),
                ("merged_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("moving", "合并中"),
                            ("done", "已合并"),
                            ("reverting", "拆分中"),
                            ("reverted", "已拆分"),
                        ],
                        default="moving",
                        max_length=10,
                    ),
                ),
                ("snapshot", models.JSONField(default=dict)),
                ("reverted_at", models.DateTimeField(blank=True, null=True)),
                ("reverted_by", models.CharField(blank=True, default="", max_length=80)),
                ("revert_reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "source",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.member",
                    ),
                ),
                (
                    "target",
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
            name="MergeMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("participant", models.CharField(max_length=40)),
                ("number", models.IntegerField()),
                (
                    "ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("data", models.JSONField(default=dict)),
                (
                    "merge",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moves",
                        to="members.membermerge",
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
        migrations.AddField(
            model_name="identity",
            name="verified_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="identityconflict",
            name="decided_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="identityconflict",
            name="decided_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
        migrations.AddField(
            model_name="identityconflict",
            name="note",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="order",
            name="via_identity_id",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="identityreport",
            constraint=models.UniqueConstraint(
                fields=("tenant", "as_of"), name="identity_report_once"
            ),
        ),
        migrations.AddIndex(
            model_name="membermerge",
            index=models.Index(fields=["tenant", "target", "-id"], name="member_merge_by_target"),
        ),
        migrations.AddIndex(
            model_name="membermerge",
            index=models.Index(fields=["tenant", "-merged_at", "-id"], name="member_merge_by_time"),
        ),
        migrations.AddIndex(
            model_name="membermerge",
            index=models.Index(
                condition=models.Q(("state__in", ["moving", "reverting"])),
                fields=["tenant", "id"],
                name="member_merge_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="membermerge",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="member_merge_public_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="membermerge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["moving", "done"])),
                fields=("tenant", "source"),
                name="member_merge_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="membermerge",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("target")), _negated=True),
                name="member_merge_of_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="mergemove",
            constraint=models.UniqueConstraint(
                fields=("tenant", "merge", "number"), name="merge_move_once"
            ),
        ),
    ]
