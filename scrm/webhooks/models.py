"""Endpoints, messages, deliveries and the attempts behind them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from scrm.core.secrets import SecretField
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class OffReason(models.TextChoices):
    """Why an endpoint hears nothing."""

    PAUSED = "paused", _("已停用")
    GONE = "gone", _("接收方已撤销（410）")
    FAILING = "failing", _("连续失败 5 天")


class WebhookEndpoint(TenantModel):
    """Where a brand's own system listens. Removed ones stay until their deliveries are forgotten."""

    public_id = PublicIdField(prefix="whe")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, default="", blank=True)
    types = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=8, choices=OffReason.choices, default="", blank=True)
    secret = SecretField()
    # The former secret signs beside the new one until its time is over.
    old_secret = SecretField(default="", blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    # The circuit: failures in a row, since when, and until when only tests leave.
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    circuit_until = models.DateTimeField(null=True, blank=True)
    turn_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[WebhookEndpoint]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="webhook_endpoint_public_id"
            ),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(off_reason="", removed_at=None),
                name="webhook_endpoint_off_says_why",
            ),
        ]


class WebhookMessage(TenantModel):
    """What is said of one event, word for word the same to every endpoint and at every attempt."""

    public_id = PublicIdField(prefix="msg")
    event_id = models.UUIDField()
    type = models.CharField(max_length=60)
    # An event about many things is told in parts of limited size.
    part = models.PositiveIntegerField(default=0)
    body = models.TextField()
    occurred_at = models.DateTimeField()

    objects: ClassVar[TenantManager[WebhookMessage]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="webhook_message_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "event_id", "type", "part"], name="webhook_message_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "created_at"], name="webhook_message_age"),
        ]


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    PENDING = "pending", _("等待发送")
    CLAIMED = "claimed", _("发送中")
    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("失败")


class WebhookDelivery(TenantModel):
    """One message for one endpoint: exactly one row, attempted until it is taken or given up."""

    public_id = PublicIdField(prefix="whd")
    endpoint = TenantForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="+")
    message = TenantForeignKey(WebhookMessage, on_delete=models.PROTECT, related_name="+")
    type = models.CharField(max_length=60)
    is_test = models.BooleanField(default=False)
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField()
    # Attempts of this round (a replay begins a new one) and of all rounds.
    tries = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, default="", blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[WebhookDelivery]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="webhook_delivery_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "endpoint", "message"], name="webhook_delivery_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "endpoint", "not_before", "id"],
                name="webhook_delivery_due",
                condition=models.Q(state__in=["pending", "claimed"]),
            ),
            models.Index(
                fields=["tenant", "endpoint", "-created_at", "-id"], name="webhook_delivery_log"
            ),
            models.Index(fields=["tenant", "created_at"], name="webhook_delivery_age"),
        ]


class Outcome(models.TextChoices):
    """How one call went."""

    TAKEN = "taken", _("已接收")
    STATUS = "status", _("接收方返回错误")
    REDIRECT = "redirect", _("接收方返回跳转")
    TIMEOUT = "timeout", _("超时")
    UNREACHABLE = "unreachable", _("无法连接")
    TLS = "tls", _("证书无效")
    BLOCKED = "blocked", _("地址不允许")
    INTERRUPTED = "interrupted", _("发送被中断")


class WebhookAttempt(TenantModel):
    """One call to the receiver. What it answered is not kept, only the status."""

    delivery = TenantForeignKey(WebhookDelivery, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=11, choices=Outcome.choices)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, default="", blank=True)

    objects: ClassVar[TenantManager[WebhookAttempt]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "delivery", "number"], name="webhook_attempt_once"
            ),
        ]
