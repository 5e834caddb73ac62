"""Doors for customers: contact codes, and who came in through which."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class ContactCodeState(models.TextChoices):
    """`waiting`: written down, not yet made at WeCom; `refused`: WeCom said no, see `error`."""

    WAITING = "waiting", _("生成中")
    ACTIVE = "active", _("使用中")
    REFUSED = "refused", _("生成失败")
    ARCHIVED = "archived", _("已停用")


class ContactCode(TenantModel):
    """A channel code (渠道活码): its `state_param` comes back with every customer who scans it."""

    public_id = PublicIdField(prefix="ccd")
    corp = TenantForeignKey("wecom.WeComCorp", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=30)
    state_param = models.CharField(max_length=30)
    staff = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    welcome_text = models.TextField(default="", blank=True)
    skip_verify = models.BooleanField(default=True)
    state = models.CharField(
        max_length=8, choices=ContactCodeState.choices, default=ContactCodeState.WAITING
    )
    config_id = models.CharField(max_length=64, default="", blank=True)
    qr_url = models.CharField(max_length=512, default="", blank=True)
    error = models.CharField(max_length=200, default="", blank=True)
    created_by = models.CharField(max_length=80, default="", blank=True)

    objects: ClassVar[TenantManager[ContactCode]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="contact_code_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "corp", "state_param"], name="contact_code_state_param"
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="contact_code_name",
                condition=~Q(state="archived"),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="contact_code_by_time"),
        ]


class ContactCodeScan(TenantModel):
    """A customer became a friend of a member of staff through a code: once per pair."""

    code = TenantForeignKey(ContactCode, on_delete=models.PROTECT, related_name="+")
    external_userid = models.CharField(max_length=64)
    userid = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    objects: ClassVar[TenantManager[ContactCodeScan]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "code", "external_userid", "userid"],
                name="contact_code_scan_once",
            ),
        ]
