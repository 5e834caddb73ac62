"""Moves between pools, and the first screening of newcomers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.lifecycle.models import Pool
from members.people.models import Member
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class MoveCause(models.TextChoices):
    """Why a member went to another pool."""

    ACTION = "action", _("完成核心行为")
    VALUE = "value", _("贡献值达标")
    TRUE_FAN = "true_fan", _("符合铁杆粉标准")
    NO_LONGER = "no_longer", _("不再符合铁杆粉标准")
    HAND = "hand", _("手工移动")
    UNDONE = "undone", _("撤销移动")


class PoolMove(TenantModel):
    """A member went from one pool to another, forward or back."""

    public_id = PublicIdField(prefix="plm")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    before = models.CharField(max_length=10, choices=Pool.choices)
    after = models.CharField(max_length=10, choices=Pool.choices)
    at = models.DateTimeField()
    cause = models.CharField(max_length=10, choices=MoveCause.choices)
    # What an operator gave as the reason.
    reason = models.CharField(max_length=200, default="", blank=True)
    actor = models.CharField(max_length=80, default="", blank=True)

    objects: ClassVar[TenantManager[PoolMove]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="pool_move_public_id"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="pool_move_moves"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "member", "-at", "-id"], name="pool_move_by_member"),
            models.Index(fields=["tenant", "-at", "-id"], name="pool_move_by_time"),
        ]


class Verdict(models.TextChoices):
    """What the first screening said."""

    PENDING = "pending", _("待筛选")
    PASS = "pass", _("通过")
    HOLD = "hold", _("暂缓")
    REJECT = "reject", _("拒绝")


class Screening(TenantModel):
    """The first screening of a newcomer (M-15). Who is held or rejected enters no pool by rule."""

    public_id = PublicIdField(prefix="scr")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    verdict = models.CharField(
        max_length=8, choices=Verdict.choices, default=Verdict.PENDING, db_default="pending"
    )
    # Did not come in by the official account, where everybody should begin.
    is_bypass = models.BooleanField(default=False, db_default=False)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=80, default="", db_default="", blank=True)
    note = models.CharField(max_length=200, default="", db_default="", blank=True)

    objects: ClassVar[TenantManager[Screening]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="screening_public_id"),
            models.UniqueConstraint(fields=["tenant", "member"], name="screening_member"),
            models.CheckConstraint(
                condition=Q(verdict="pending", decided_at=None)
                | (~Q(verdict="pending") & Q(decided_at__isnull=False)),
                name="screening_decided_at",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "verdict", "-opened_at", "-id"], name="screening_queue"),
        ]
