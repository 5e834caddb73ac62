"""A membership programme in versions: goal, ladder, benefits, life cycle (M-08)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scrm.tenants.fields import PublicIdField
from scrm.tenants.models import TenantManager, TenantModel


class ProgrammeState(models.TextChoices):
    """One draft may be edited, one version is in force."""

    DRAFT = "draft", _("草稿")
    ACTIVE = "active", _("生效中")
    PAST = "past", _("历史版本")


class Programme(TenantModel):
    """One version with its four parts; a part that was not filled in yet is empty."""

    public_id = PublicIdField(prefix="prg")
    number = models.PositiveIntegerField()
    state = models.CharField(
        max_length=8, choices=ProgrammeState.choices, default=ProgrammeState.DRAFT
    )
    goal = models.JSONField(default=dict, blank=True)
    ladder = models.JSONField(default=dict, blank=True)
    benefits = models.JSONField(default=dict, blank=True)
    life_cycle = models.JSONField(default=dict, blank=True)
    author = models.CharField(max_length=80, default="", blank=True)
    approver = models.CharField(max_length=80, default="", blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[Programme]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="programme_public_id"),
            models.UniqueConstraint(fields=["tenant", "number"], name="programme_number"),
            models.UniqueConstraint(
                fields=["tenant"],
                name="programme_one_draft",
                condition=Q(state=ProgrammeState.DRAFT),
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                name="programme_one_active",
                condition=Q(state=ProgrammeState.ACTIVE),
            ),
        ]
