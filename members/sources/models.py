"""Scan codes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from members.sources.kinds import ScanKind
from scrm.tenants.fields import PublicIdField
from scrm.tenants.models import TenantManager, TenantModel


class ScanCode(TenantModel):
    """A code that brings people: its token travels as the WeCom state or the official account's scene."""

    public_id = PublicIdField(prefix="scn")
    kind = models.CharField(max_length=12, choices=ScanKind.choices)
    name = models.CharField(max_length=60)
    # The member's source: a code of the channel registry.
    channel = models.CharField(max_length=40)
    token = models.CharField(max_length=30)
    # The order whose parcel the card lies in, by the shop's number.
    order_channel = models.CharField(max_length=40, default="", blank=True)
    order_number = models.CharField(max_length=80, default="", blank=True)
    created_by = models.CharField(max_length=80, default="", blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[ScanCode]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="scan_code_public_id"),
            models.UniqueConstraint(fields=["tenant", "token"], name="scan_code_token"),
            # A parcel's card is made once however often it is asked for.
            models.UniqueConstraint(
                fields=["tenant", "order_channel", "order_number"],
                name="scan_code_of_order",
                condition=models.Q(kind="parcel_card", archived_at=None)
                & ~models.Q(order_number=""),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="scan_code_by_time"),
        ]
