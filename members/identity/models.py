"""Identifiers and the doubts about them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

from members.people.models import Member
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class IdentityType(models.TextChoices):
    """Every kind of identifier of M-01; `scope` says which appid, corp or platform it belongs to."""

    BUSINESS_ACCOUNT = "business_account", _("会员账号")
    UNIONID = "unionid", _("微信 UnionID")
    EXTERNAL_USERID = "external_userid", _("企微外部联系人")
    OPENID = "openid", _("微信 OpenID")
    REGISTRATION = "registration", _("注册ID")
    PHONE = "phone", _("手机号")
    EMAIL = "email", _("邮箱")
    PLATFORM_USER = "platform_user", _("平台用户ID")
    ANONYMOUS = "anonymous", _("匿名ID")
    COOKIE = "cookie", _("Cookie")


class Identity(TenantModel):
    """One identifier of one member. Found by a keyed hash; a value belongs to one member per tenant."""

    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="identities")
    type = models.CharField(max_length=20, choices=IdentityType.choices)
    scope = models.CharField(max_length=64, default="", blank=True)
    value_hash = models.CharField(max_length=32)
    # Names of an account are kept as they are; phones and mail addresses only encrypted.
    value = models.CharField(max_length=128, default="", blank=True)
    value_enc = models.TextField(default="", blank=True)
    source = models.CharField(max_length=40, default="", blank=True)
    seen_at = models.DateTimeField()
    # When somebody proved that it is theirs, e.g. by a code sent to the phone; None for mere claims.
    verified_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[Identity]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "type", "scope", "value_hash"], name="identity_belongs_to_one"
            ),
        ]


class ConflictState(models.TextChoices):
    """What became of a doubt."""

    OPEN = "open", _("待处理")
    APART = "apart", _("保持独立")
    MERGED = "merged", _("已合并")


class IdentityConflict(TenantModel):
    """One message claimed identifiers of two known members: nobody is merged, an operator decides."""

    public_id = PublicIdField(prefix="idc")
    kept = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    other = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    # Kinds of the identifiers that disagreed; never their values.
    types = models.JSONField(default=list)
    source = models.CharField(max_length=40, default="", blank=True)
    occurred_at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=ConflictState.choices, default=ConflictState.OPEN
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=80, default="", db_default="", blank=True)
    note = models.CharField(max_length=200, default="", db_default="", blank=True)

    objects: ClassVar[TenantManager[IdentityConflict]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="identity_conflict_public_id"
            ),
            # One doubt about two members, whichever of them it would keep.
            models.UniqueConstraint(
                "tenant",
                Least("kept", "other"),
                Greatest("kept", "other"),
                name="identity_conflict_of_two",
                condition=models.Q(state=ConflictState.OPEN),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "state", "-occurred_at", "-id"], name="identity_conflict_queue"
            ),
        ]


class MergeCause(models.TextChoices):
    """Why two accounts became one."""

    MANUAL = "manual", _("人工合并")
    CONFLICT = "conflict", _("处理身份冲突")
    STITCH = "stitch", _("匿名归并")
    AUTO = "auto", _("自动合并")


class MergeState(models.TextChoices):
    """How far it has come. From the first moment on the source's key stands for the target."""

    MOVING = "moving", _("合并中")
    DONE = "done", _("已合并")
    REVERTING = "reverting", _("拆分中")
    REVERTED = "reverted", _("已拆分")


class MemberMerge(TenantModel):
    """The source went into the target, and may come out again (N-40)."""

    public_id = PublicIdField(prefix="mrg")
    source = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    target = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    cause = models.CharField(max_length=8, choices=MergeCause.choices)
    reason = models.CharField(max_length=200, default="", blank=True)
    actor_label = models.CharField(max_length=80, default="", blank=True)
    merged_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=MergeState.choices, default=MergeState.MOVING)
    # What the two were before, without anything personal: states, moments, names of filled columns.
    snapshot = models.JSONField(default=dict)
    reverted_at = models.DateTimeField(null=True, blank=True)
    reverted_by = models.CharField(max_length=80, default="", blank=True)
    revert_reason = models.CharField(max_length=200, default="", blank=True)

    objects: ClassVar[TenantManager[MemberMerge]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="member_merge_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "source"],
                name="member_merge_once",
                condition=models.Q(state__in=[MergeState.MOVING, MergeState.DONE]),
            ),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="member_merge_of_two"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "target", "-id"], name="member_merge_by_target"),
            models.Index(fields=["tenant", "-merged_at", "-id"], name="member_merge_by_time"),
            models.Index(
                fields=["tenant", "id"],
                name="member_merge_unfinished",
                condition=models.Q(state__in=[MergeState.MOVING, MergeState.REVERTING]),
            ),
        ]


class MergeMove(TenantModel):
    """One chunk of rows that a participant moved; gone once a split has taken it back."""

    merge = TenantForeignKey(
        MemberMerge, on_delete=models.CASCADE, related_name="moves", db_index=False
    )
    participant = models.CharField(max_length=40)
    number = models.IntegerField()
    ids = ArrayField(models.BigIntegerField(), default=list)
    # Rows that had a twin on the target and were dropped, and whatever else the room needs.
    data = models.JSONField(default=dict)

    objects: ClassVar[TenantManager[MergeMove]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "merge", "number"], name="merge_move_once"),
        ]


class IdentityReport(TenantModel):
    """What the night found about identities: counts, and a few public ids to look at (M-04)."""

    as_of = models.DateField()
    counts = models.JSONField(default=dict)
    samples = models.JSONField(default=dict)

    objects: ClassVar[TenantManager[IdentityReport]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "as_of"], name="identity_report_once"),
        ]
