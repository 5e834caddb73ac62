"""What people agreed to, what they asked for, and whom we were told to forget."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.people.models import Member
from scrm.core.secrets import SecretField
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class Purpose(models.TextChoices):
    """What personal information may be used for."""

    MARKETING = "marketing", _("营销推送")
    PROFILING = "profiling", _("画像与个性化推荐")
    THIRD_PARTY = "third_party", _("提供给第三方")


class Consent(TenantModel):
    """Somebody said yes or no to a purpose. What was said last holds; nothing is ever overwritten."""

    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    is_given = models.BooleanField()
    at = models.DateTimeField()
    # By which way it was said: a channel, or who noted it.
    source = models.CharField(max_length=40)
    # Which version of the brand's privacy text it was said to.
    text_version = models.CharField(max_length=40, default="", db_default="", blank=True)

    objects: ClassVar[TenantManager[Consent]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=["marketing", "profiling", "third_party"]),
                name="consent_purpose_known",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "member", "purpose", "-at"], name="consent_of_member"),
            models.Index(fields=["tenant", "-at", "-id"], name="consent_by_time"),
        ]


class RequestKind(models.TextChoices):
    """What a person may ask for."""

    EXPORT = "export", _("导出个人信息")
    ERASE = "erase", _("清除个人信息")


class PrivacyRequest(TenantModel):
    """A person asked for a copy or to be forgotten; the job does it, this row proves it."""

    public_id = PublicIdField(prefix="prv")
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=RequestKind.choices)
    reason = models.CharField(max_length=200, default="", blank=True)
    requested_by = models.CharField(max_length=80, default="", blank=True)
    # Public ids: the job and its file are forgotten before this row.
    job_id = models.CharField(max_length=40, default="", blank=True)
    file_id = models.CharField(max_length=40, default="", blank=True)
    # The words of a person who is being erased; empty once nothing needs them any more.
    words = SecretField(default="", blank=True)
    # Rows by room.
    counts = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[PrivacyRequest]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="privacy_request_id"),
            models.UniqueConstraint(
                fields=["tenant", "member"],
                name="privacy_erased_once",
                condition=models.Q(kind="erase"),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="privacy_request_by_time"),
            models.Index(fields=["tenant", "member", "-id"], name="privacy_request_of"),
        ]


class ErasedIdentity(TenantModel):
    """An identifier of somebody who is forgotten, as a keyed hash: WeCom may not bring it back by itself."""

    type = models.CharField(max_length=20)
    scope = models.CharField(max_length=64, default="", blank=True)
    value_hash = models.CharField(max_length=32)
    erased_at = models.DateTimeField()

    objects: ClassVar[TenantManager[ErasedIdentity]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "type", "scope", "value_hash"], name="erased_identity_once"
            ),
        ]
