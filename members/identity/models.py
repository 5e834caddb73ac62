"""Identifiers and the doubts about them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
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

    objects: ClassVar[TenantManager[IdentityConflict]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="identity_conflict_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "kept", "other"],
                name="identity_conflict_once",
                condition=models.Q(state=ConflictState.OPEN),
            ),
        ]
