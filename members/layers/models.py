"""The channel layer a member stands on: the closest channel the brand has to them (M-13)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from members.people.models import Member
from scrm.tenants.fields import TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class ChannelLayer(TenantModel):
    """One row per member who stands on a layer at all; derived, rewritten where it differs."""

    member = TenantForeignKey(
        Member, on_delete=models.CASCADE, related_name="channel_layer", db_index=False
    )
    layer = models.PositiveSmallIntegerField()
    since = models.DateTimeField()

    objects: ClassVar[TenantManager[ChannelLayer]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "member"], name="channel_layer_member"),
            models.CheckConstraint(
                condition=Q(layer__gte=1, layer__lte=4), name="channel_layer_1_to_4"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "layer", "-member"], name="channel_layer_by_layer"),
        ]
