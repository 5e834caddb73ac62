"""The ladder in versions, the spells that replaying growth through it gives, locks and entry gifts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.people.models import Member
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel

UNIT = 10_000


class Tier(TenantModel):
    """A rung as it stands now. The code stays for ever; the other columns are the newest version's."""

    public_id = PublicIdField(prefix="tir")
    rank = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=40)
    threshold = models.BigIntegerField()
    # None: threshold x tier.keep_ratio.
    keep_threshold = models.BigIntegerField(null=True, blank=True)
    # Ten-thousandths: 10000 is one times the points.
    multiplier = models.PositiveIntegerField(default=UNIT)
    is_base = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[Tier]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="tier_public_id"),
            models.UniqueConstraint(fields=["tenant", "code"], name="tier_code"),
            models.UniqueConstraint(
                fields=["tenant", "rank"], name="tier_rank", condition=Q(archived_at=None)
            ),
            models.CheckConstraint(condition=Q(multiplier__gte=UNIT), name="tier_multiplier"),
            models.CheckConstraint(
                condition=Q(keep_threshold=None)
                | Q(keep_threshold__gte=0, keep_threshold__lte=F("threshold")),
                name="tier_keep_within",
            ),
            models.CheckConstraint(
                condition=Q(is_base=True, threshold=0) | Q(is_base=False, threshold__gt=0),
                name="tier_base_is_free",
            ),
        ]


class LadderVersion(TenantModel):
    """Rungs and settings from an instant on. What came before is judged by what stood before."""

    public_id = PublicIdField(prefix="lad")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    rungs = models.JSONField()
    rules = models.JSONField()
    author = models.CharField(max_length=80, default="", blank=True)

    objects: ClassVar[TenantManager[LadderVersion]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="ladder_public_id"),
            models.UniqueConstraint(fields=["tenant", "number"], name="ladder_number"),
        ]


class SpellState(models.TextChoices):
    """The state of a spell (domain.md D2)."""

    ACTIVE = "active", _("有效")
    GRACE = "grace", _("保级期")
    LOCKED = "locked", _("已锁定")
    ENDED = "ended", _("已结束")


class TierSpell(TenantModel):
    """A stretch of time in one tier; the spells of a member follow each other without gap or overlap."""

    public_id = PublicIdField(prefix="tsp")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    tier = TenantForeignKey(Tier, on_delete=models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    grace_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=SpellState.choices)
    cause = models.CharField(max_length=16)

    objects: ClassVar[TenantManager[TierSpell]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="spell_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "member"], name="spell_one_open", condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="spell_forward"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, state__in=("active", "grace", "locked"))
                | Q(ended_at__isnull=False, state="ended"),
                name="spell_state_and_end",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "member", "started_at"], name="spell_by_member"),
        ]


class MemberTier(TenantModel):
    """Where a member stands: what lists, rules and the night ask. A copy of the open spell."""

    member = TenantForeignKey(
        Member, on_delete=models.CASCADE, related_name="standing", db_index=False
    )
    tier = TenantForeignKey(Tier, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=SpellState.choices)
    started_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    grace_until = models.DateTimeField(null=True)
    # Growth that counts, as of that local day.
    metric = models.BigIntegerField(default=0)
    metric_as_of = models.DateField()
    # When something happens by the clock alone: the end of a spell, of grace, of a lock.
    next_due_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager[MemberTier]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "member"], name="member_tier_member"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "next_due_at"],
                name="member_tier_due",
                condition=Q(next_due_at__isnull=False),
            ),
            models.Index(fields=["tenant", "tier", "-member"], name="member_tier_by_tier"),
        ]


class TierLock(TenantModel):
    """A tier given by hand: until it ends, growth and time change nothing (N-16)."""

    public_id = PublicIdField(prefix="tlk")
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    tier = TenantForeignKey(Tier, on_delete=models.PROTECT, related_name="+", db_index=False)
    origin = models.BigIntegerField(null=True)
    from_at = models.DateTimeField()
    until = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    author = models.CharField(max_length=80, default="", blank=True)

    objects: ClassVar[TenantManager[TierLock]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="tier_lock_public_id"),
            models.CheckConstraint(condition=Q(until__gt=F("from_at")), name="tier_lock_forward"),
        ]


class GiftState(models.TextChoices):
    """An entry gift: given, taken up, or taken back with the tier (N-17)."""

    GRANTED = "granted", _("已发放")
    USED = "used", _("已使用")
    VOIDED = "voided", _("已作废")


class TierGiftGrant(TenantModel):
    """The entry gift of one tier; at most one that stands per member and tier in 365 days."""

    public_id = PublicIdField(prefix="tgg")
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    tier = TenantForeignKey(Tier, on_delete=models.PROTECT, related_name="+", db_index=False)
    origin = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=GiftState.choices, default=GiftState.GRANTED, db_index=False
    )
    used_at = models.DateTimeField(null=True, blank=True)
    # Why somebody should look: the tier was lost after the gift had been used.
    review_note = models.CharField(max_length=200, default="", blank=True)
    # What was granted for it, by the room that owns gifts.
    benefit_grant = models.BigIntegerField(null=True, blank=True)

    objects: ClassVar[TenantManager[TierGiftGrant]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="tier_gift_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "member", "tier", "at"], name="tier_gift_once"
            ),
        ]
