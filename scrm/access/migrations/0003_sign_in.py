import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import scrm.core.secrets
import scrm.tenants.fields


def _id() -> models.BigAutoField:
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_api_key_rotation"),
    ]

    operations = [
        migrations.AddField(
            model_name="operator",
            name="phone",
            field=scrm.core.secrets.SecretField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="operator",
            name="phone_hash",
            field=models.CharField(blank=True, max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="operator",
            name="password_changed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="operator",
            name="warned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="membership",
            name="wecom_userid",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("wecom_userid", ""), _negated=True),
                fields=("tenant", "wecom_userid"),
                name="membership_wecom_once",
            ),
        ),
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                ("id", _id()),
                ("secret", scrm.core.secrets.SecretField(blank=True, default="")),
                ("pending_secret", scrm.core.secrets.SecretField(blank=True, default="")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("last_step", models.BigIntegerField(default=0)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("blocked_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "operator",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="second_factor",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", _id()),
                ("code_hash", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator", "code_hash"), name="recovery_code_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OperatorSession",
            fields=[
                ("id", _id()),
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="ses", unique=True)),
                ("session_key", models.CharField(max_length=40, unique=True)),
                (
                    "by",
                    models.CharField(
                        choices=[("password", "password"), ("wecom", "wecom")],
                        default="password",
                        max_length=8,
                    ),
                ),
                ("ip", models.CharField(blank=True, default="", max_length=45)),
                ("user_agent", models.CharField(blank=True, default="", max_length=300)),
                ("created_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["operator", "-last_seen_at"], name="operator_session_seen")
                ],
            },
        ),
        migrations.CreateModel(
            name="ResetLink",
            fields=[
                ("id", _id()),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("ip", models.CharField(blank=True, default="", max_length=45)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reset_links",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", _id()),
                ("kind", models.CharField(max_length=40)),
                ("to", scrm.core.secrets.SecretField(blank=True, default="")),
                ("subject", models.CharField(max_length=200)),
                ("body", scrm.core.secrets.SecretField(blank=True, default="")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("sent", "sent"),
                            ("failed", "failed"),
                            ("dropped", "dropped"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, default="", max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["id"],
                        name="mail_waiting",
                    )
                ],
            },
        ),
    ]
