"""One row per person and brand."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class MemberKind(models.TextChoices):
    """Consumers buy for themselves; small businesses buy to sell (M-24)."""

    CONSUMER = "consumer", _("C端用户")
    SMALL_B = "small_b", _("小B用户")


class MemberStatus(models.TextChoices):
    """The state of a member account (domain.md D2)."""

    ANONYMOUS = "anonymous", _("匿名")
    REGISTERED = "registered", _("已注册")
    ACTIVE = "active", _("正常")
    FROZEN = "frozen", _("已冻结")
    MERGED = "merged", _("已合并")
    ERASED = "erased", _("已清除")


class Gender(models.TextChoices):
    """As the channel or the person told us."""

    UNKNOWN = "", _("未知")
    MALE = "male", _("男")
    FEMALE = "female", _("女")


GONE = (MemberStatus.MERGED, MemberStatus.ERASED)


class Member(TenantModel):
    """A person as one brand knows them. Written only through services, which keep the derived columns."""

    public_id = PublicIdField(prefix="mem")
    member_no = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=MemberKind.choices, default=MemberKind.CONSUMER)
    status = models.CharField(
        max_length=12, choices=MemberStatus.choices, default=MemberStatus.ACTIVE
    )
    display_name = models.CharField(max_length=80, default="", blank=True)
    # Characters and pairs of characters of the name: Chinese names are searched by any two of them.
    name_grams = ArrayField(models.CharField(max_length=2), default=list)
    gender = models.CharField(
        max_length=6, choices=Gender.choices, default=Gender.UNKNOWN, blank=True
    )
    birthday = models.DateField(null=True, blank=True)
    city = models.CharField(max_length=40, default="", blank=True)
    occupation = models.CharField(max_length=40, default="", db_default="", blank=True)
    # Business time of joining; for an anonymous member, of being seen first.
    registered_at = models.DateTimeField()
    first_source = models.CharField(max_length=40, default="", blank=True)
    latest_source = models.CharField(max_length=40, default="", blank=True)
    phone_tail = models.CharField(max_length=4, default="", blank=True)
    phone_masked = models.CharField(max_length=20, default="", blank=True)
    phone_enc = models.TextField(default="", blank=True)
    merged_into = TenantForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_wecom_friend = models.BooleanField(default=False)
    wecom_added_at = models.DateTimeField(null=True, blank=True)
    # Marketing consent withdrawn: no push may reach this person (M-28).
    is_opted_out = models.BooleanField(default=False)

    objects: ClassVar[TenantManager[Member]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="member_public_id"),
            models.UniqueConstraint(fields=["tenant", "member_no"], name="member_no_once"),
            models.CheckConstraint(
                condition=models.Q(status=MemberStatus.MERGED, merged_into__isnull=False)
                | (~models.Q(status=MemberStatus.MERGED) & models.Q(merged_into=None)),
                name="member_merged_has_target",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("id")),
                name="member_not_merged_into_self",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-registered_at", "-id"], name="member_by_joining"),
            models.Index(
                fields=["tenant", "-registered_at", "-id"],
                name="member_friends_by_joining",
                condition=models.Q(is_wecom_friend=True),
            ),
            models.Index(
                fields=["tenant", "latest_source", "-registered_at", "-id"], name="member_by_source"
            ),
            models.Index(
                fields=["tenant", "phone_tail", "-registered_at", "-id"],
                name="member_by_phone_tail",
            ),
            models.Index(
                fields=["tenant", "member_no"],
                name="member_no_prefix",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
            GinIndex(fields=["name_grams"], name="member_name_grams"),
            # Who stands behind a living member.
            models.Index(
                fields=["tenant", "merged_into"],
                name="member_by_merge",
                condition=models.Q(merged_into__isnull=False),
            ),
        ]


class SourceTouch(TenantModel):
    """One arrival of a member by a channel: a contact code, a parcel card, a store (M-21)."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="touches")
    source = models.CharField(max_length=40)
    # What the channel says about the way, e.g. the `state` of a WeCom contact code.
    state = models.CharField(max_length=64, default="", blank=True)
    # What the brand called the occasion then: the name of a contact code, of a parcel card.
    campaign = models.CharField(max_length=60, default="", db_default="", blank=True)
    at = models.DateTimeField()

    objects: ClassVar[TenantManager[SourceTouch]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "member", "source", "state", "at"], name="source_touch_once"
            ),
        ]
