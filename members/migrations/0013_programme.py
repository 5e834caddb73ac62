import django.db.models.deletion
from django.db import migrations, models

import scrm.tenants.fields


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0011_privacy"),
        ("tenants", "0003_append_only_and_channels"),
    ]

    operations = [
        migrations.CreateModel(
            name="Benefit",
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
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="bnf")),
                ("code", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("multiplier", "积分倍数"),
                            ("coupon", "优惠券"),
                            ("free_shipping", "包邮"),
                            ("priority_delivery", "优先配送"),
                            ("no_reason_return", "无理由退货"),
                            ("gift_pack", "礼包"),
                            ("event_seat", "活动席位"),
                            ("service_line", "专属客服"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "group",
                    models.CharField(
                        choices=[
                            ("content", "内容权益"),
                            ("service", "服务权益"),
                            ("price", "价格权益"),
                        ],
                        max_length=8,
                    ),
                ),
                ("value", models.BigIntegerField(default=0)),
                ("description", models.CharField(blank=True, default="", max_length=200)),
                ("is_exact_layer", models.BooleanField(default=False)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="BenefitOffer",
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
                    "benefit",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="members.benefit",
                    ),
                ),
                (
                    "place",
                    models.CharField(
                        choices=[
                            ("tier", "等级权益"),
                            ("gift", "升级礼遇"),
                            ("plan", "付费会员"),
                            ("layer", "渠道层级"),
                        ],
                        max_length=8,
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("value", models.BigIntegerField(default=0)),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="BenefitGrant",
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
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="bgr")),
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
                    "benefit",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.benefit",
                    ),
                ),
                ("value", models.BigIntegerField(default=0)),
                ("source_type", models.CharField(max_length=20)),
                ("source_id", models.CharField(max_length=80)),
                ("from_at", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("voided_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="ChannelLayer",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="channel_layer",
                        to="members.member",
                    ),
                ),
                ("layer", models.PositiveSmallIntegerField()),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PaidPlan",
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
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="pln")),
                ("name", models.CharField(max_length=40)),
                ("description", models.CharField(blank=True, default="", max_length=200)),
                ("price_fen", models.BigIntegerField()),
                ("term_months", models.PositiveSmallIntegerField()),
                ("renew_days", models.PositiveSmallIntegerField(default=0)),
                ("refund_days", models.PositiveSmallIntegerField(default=7)),
                (
                    "refund_after",
                    models.CharField(
                        choices=[("none", "不退款"), ("pro_rata", "按剩余天数退款")],
                        default="pro_rata",
                        max_length=8,
                    ),
                ),
                (
                    "segment",
                    scrm.tenants.fields.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.segment",
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PaidMembership",
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
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="pms")),
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
                    "plan",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.paidplan",
                    ),
                ),
                ("reference", models.CharField(max_length=80)),
                ("price_fen", models.BigIntegerField()),
                ("bought_at", models.DateTimeField()),
                ("from_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("anchor", models.DateField()),
                ("months", models.PositiveSmallIntegerField()),
                (
                    "renewed_from",
                    scrm.tenants.fields.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.paidmembership",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "有效"), ("expired", "已到期"), ("refunded", "已退款")],
                        default="active",
                        max_length=8,
                    ),
                ),
                ("refunded_at", models.DateTimeField(blank=True, null=True)),
                ("refunded_fen", models.BigIntegerField(default=0)),
                ("refund_reason", models.CharField(blank=True, default="", max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Programme",
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
                ("public_id", scrm.tenants.fields.PublicIdField(prefix="prg")),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草稿"), ("active", "生效中"), ("past", "历史版本")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("goal", models.JSONField(blank=True, default=dict)),
                ("ladder", models.JSONField(blank=True, default=dict)),
                ("benefits", models.JSONField(blank=True, default=dict)),
                ("life_cycle", models.JSONField(blank=True, default=dict)),
                ("author", models.CharField(blank=True, default="", max_length=80)),
                ("approver", models.CharField(blank=True, default="", max_length=80)),
                ("activated_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="benefit",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="benefit_public_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="benefit",
            constraint=models.UniqueConstraint(fields=("tenant", "code"), name="benefit_code"),
        ),
        migrations.AddConstraint(
            model_name="benefit",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gte", 0)), name="benefit_value"
            ),
        ),
        migrations.AddConstraint(
            model_name="benefitoffer",
            constraint=models.UniqueConstraint(
                fields=("tenant", "place", "key", "benefit"), name="benefit_offer_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="benefitoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gte", 0)), name="benefit_offer_value"
            ),
        ),
        migrations.AddIndex(
            model_name="benefitoffer",
            index=models.Index(fields=["tenant", "benefit"], name="benefit_offer_by_benefit"),
        ),
        migrations.AddConstraint(
            model_name="benefitgrant",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="benefit_grant_public_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="benefitgrant",
            constraint=models.UniqueConstraint(
                fields=("tenant", "member", "benefit", "source_type", "source_id"),
                name="benefit_grant_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="benefitgrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until", None), ("until__gt", models.F("from_at")), _connector="OR"
                ),
                name="benefit_grant_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="benefitgrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("used_at", None), ("voided_at", None), _connector="OR"),
                name="benefit_grant_one_end",
            ),
        ),
        migrations.AddIndex(
            model_name="benefitgrant",
            index=models.Index(
                fields=["tenant", "source_type", "source_id"], name="benefit_grant_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="channellayer",
            constraint=models.UniqueConstraint(
                fields=("tenant", "member"), name="channel_layer_member"
            ),
        ),
        migrations.AddConstraint(
            model_name="channellayer",
            constraint=models.CheckConstraint(
                condition=models.Q(("layer__gte", 1), ("layer__lte", 4)),
                name="channel_layer_1_to_4",
            ),
        ),
        migrations.AddIndex(
            model_name="channellayer",
            index=models.Index(
                fields=["tenant", "layer", "-member"], name="channel_layer_by_layer"
            ),
        ),
        migrations.AddConstraint(
            model_name="paidplan",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="paid_plan_public_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="paidplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("tenant", "name"),
                name="paid_plan_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="paidplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_fen__gte", 0), ("term_months__gte", 1)),
                name="paid_plan_worth",
            ),
        ),
        migrations.AddConstraint(
            model_name="paidmembership",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="paid_membership_public_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="paidmembership",
            constraint=models.UniqueConstraint(
                fields=("tenant", "reference"), name="paid_membership_reference"
            ),
        ),
        migrations.AddConstraint(
            model_name="paidmembership",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("from_at"))),
                name="paid_membership_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="paidmembership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refunded_fen__gte", 0), ("refunded_fen__lte", models.F("price_fen"))
                ),
                name="paid_membership_refund_within",
            ),
        ),
        migrations.AddConstraint(
            model_name="paidmembership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("refunded_at__isnull", False), ("state", "refunded")),
                    models.Q(models.Q(("state", "refunded"), _negated=True), ("refunded_at", None)),
                    _connector="OR",
                ),
                name="paid_membership_refund_dated",
            ),
        ),
        migrations.AddIndex(
            model_name="paidmembership",
            index=models.Index(
                fields=["tenant", "member", "from_at"], name="paid_membership_by_member"
            ),
        ),
        migrations.AddIndex(
            model_name="paidmembership",
            index=models.Index(
                condition=models.Q(("state", "active")),
                fields=["tenant", "until"],
                name="paid_membership_due",
            ),
        ),
        migrations.AddIndex(
            model_name="paidmembership",
            index=models.Index(
                fields=["tenant", "plan", "-bought_at", "-id"], name="paid_membership_by_plan"
            ),
        ),
        migrations.AddIndex(
            model_name="paidmembership",
            index=models.Index(
                fields=["tenant", "-bought_at", "-id"], name="paid_membership_by_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.UniqueConstraint(
                fields=("tenant", "public_id"), name="programme_public_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.UniqueConstraint(
                fields=("tenant", "number"), name="programme_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")),
                fields=("tenant",),
                name="programme_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")),
                fields=("tenant",),
                name="programme_one_active",
            ),
        ),
    ]
