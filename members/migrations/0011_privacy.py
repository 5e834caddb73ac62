import django.db.models.deletion
from django.db import migrations, models

import scrm.core.secrets
import scrm.tenants.fields

# Whoever had refused marketing before there was a log of it has said so once.
_KNOWN = """
    INSERT INTO members_consent (tenant_id, member_id, purpose, is_given, at, source, created_at, updated_at)
    SELECT tenant_id, id, 'marketing', false, updated_at, 'operator', now(), now()
      FROM members_member WHERE is_opted_out
"""


class Migration(migrations.Migration):
    """What people agreed to, what they asked for, and whom we were told to forget."""

    dependencies = [
        ("members", "0014_pulse"),
        ("tenants", "0003_append_only_and_channels"),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
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
                    "purpose",
                    models.CharField(
                        choices=[
                            ("marketing", "营销推送"),
                            ("profiling", "画像与个性化推荐"),
                            ("third_party", "提供给第三方"),
                        ],
                        max_length=20,
                    ),
                ),
                ("is_given", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("source", models.CharField(max_length=40)),
                (
                    "text_version",
                    models.CharField(blank=True, db_default="", default="", max_length=40),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["tenant", "member", "purpose", "-at"], name="consent_of_member"
                    ),
                    models.Index(fields=["tenant", "-at", "-id"], name="consent_by_time"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("purpose__in", ["marketing", "profiling", "third_party"])
                        ),
                        name="consent_purpose_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PrivacyRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="prv")),
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
                    "kind",
                    models.CharField(
                        choices=[("export", "导出个人信息"), ("erase", "清除个人信息")],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("requested_by", models.CharField(blank=True, default="", max_length=80)),
                ("job_id", models.CharField(blank=True, default="", max_length=40)),
                ("file_id", models.CharField(blank=True, default="", max_length=40)),
                ("words", scrm.core.secrets.SecretField(blank=True, default="")),
                ("counts", models.JSONField(default=dict)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["tenant", "-created_at", "-id"], name="privacy_request_by_time"
                    ),
                    models.Index(fields=["tenant", "member", "-id"], name="privacy_request_of"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "public_id"), name="privacy_request_id"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "erase")),
                        fields=("tenant", "member"),
                        name="privacy_erased_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ErasedIdentity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("type", models.CharField(max_length=20)),
                ("scope", models.CharField(blank=True, default="", max_length=64)),
                ("value_hash", models.CharField(max_length=32)),
                ("erased_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "type", "scope", "value_hash"),
                        name="erased_identity_once",
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.RunSQL(_KNOWN, migrations.RunSQL.noop),
    ]
