import django.db.models.deletion
from django.db import migrations, models

import scrm.tenants.fields


class Migration(migrations.Migration):
    """Kinds, definitions and versions of tags, what members wore, and what of it WeCom is told."""

    dependencies = [
        ("members", "0008_merge_indexes"),
        ("tenants", "0003_append_only_and_channels"),
        ("wecom", "0002_departments"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="tag",
            name="tag_name",
        ),
        migrations.AddField(
            model_name="membertag",
            name="is_in_wecom",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="membertag",
            name="value",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="membertag",
            name="version",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="tag",
            name="archived_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="tag",
            name="definition",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="tag",
            name="description",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="tag",
            name="evaluated_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="tag",
            name="kind",
            field=models.CharField(
                choices=[
                    ("manual", "手工标签"),
                    ("statistical", "统计标签"),
                    ("rule", "规则标签"),
                    ("algorithmic", "算法标签"),
                    ("wecom", "企微标签"),
                ],
                db_default="manual",
                default="manual",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="state",
            field=models.CharField(
                choices=[("draft", "待审批"), ("active", "使用中"), ("paused", "已暂停")],
                db_default="active",
                default="active",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="version",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="taggroup",
            name="corp",
            field=scrm.tenants.fields.TenantForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="wecom.wecomcorp",
            ),
        ),
        migrations.AddField(
            model_name="taggroup",
            name="wecom_group_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at", None)),
                fields=("tenant", "name"),
                name="tag_name_in_use",
            ),
        ),
        migrations.CreateModel(
            name="TagDay",
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
                ("count", models.PositiveIntegerField()),
                (
                    "tag",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
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
                    models.UniqueConstraint(fields=("tenant", "tag", "as_of"), name="tag_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="TagGone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("source", models.CharField(blank=True, default="", max_length=40)),
                ("at", models.DateTimeField()),
                ("removed_at", models.DateTimeField()),
                ("cause", models.CharField(max_length=20)),
                (
                    "member",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="members.member",
                    ),
                ),
                (
                    "tag",
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
                "indexes": [
                    models.Index(
                        fields=["tenant", "member", "-removed_at"], name="tag_gone_by_member"
                    ),
                    models.Index(fields=["tenant", "tag", "-removed_at"], name="tag_gone_by_tag"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TagLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("corp_tag_id", models.CharField(max_length=64)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "corp",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wecom.wecomcorp",
                    ),
                ),
                (
                    "tag",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
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
                        fields=("tenant", "corp", "corp_tag_id"), name="tag_link_corp_tag"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("tenant", "tag", "corp"),
                        name="tag_link_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TagPush",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("create", "建立标签"),
                            ("rename", "修改名称"),
                            ("delete", "删除标签"),
                            ("mark", "给客户打标签"),
                        ],
                        max_length=8,
                    ),
                ),
                ("userid", models.CharField(blank=True, default="", max_length=64)),
                ("external_userid", models.CharField(blank=True, default="", max_length=64)),
                ("is_wanted", models.BooleanField(default=True)),
                ("turn", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "待同步"), ("sending", "同步中"), ("failed", "失败")],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, default="", max_length=200)),
                (
                    "corp",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="wecom.wecomcorp",
                    ),
                ),
                (
                    "tag",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("pending", "sending"))),
                        fields=["tenant", "id"],
                        name="tag_push_waiting",
                    ),
                    models.Index(fields=["tenant", "tag", "state"], name="tag_push_by_tag"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "corp", "external_userid", "userid", "tag", "kind"),
                        name="tag_push_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sending"), _negated=True),
                            models.Q(("claim__isnull", False), ("lease_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="tag_push_sending_is_leased",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TagVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("number", models.PositiveIntegerField()),
                ("definition", models.JSONField(default=dict)),
                ("author", models.CharField(blank=True, default="", max_length=80)),
                ("approver", models.CharField(blank=True, default="", max_length=80)),
                ("activated_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "tag",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
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
                        fields=("tenant", "tag", "number"), name="tag_version_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("activated_at__isnull", False), ("ended_at", None)),
                        fields=("tenant", "tag"),
                        name="tag_version_one_active",
                    ),
                ],
            },
        ),
    ]
