"""One row per member with everything the night settles, and the history of stages."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.people.models import Member
from scrm.tenants.fields import TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel

# What segment fields on the pulse are marked by.
DIRTY = "pulse"
# Before the first night.
NEVER = date.min


class Stage(models.TextChoices):
    """Where a member stands in life (N-43); the first that fits."""

    CHURNED = "churned", _("流失")
    DORMANT = "dormant", _("沉睡")
    ADVOCATE = "advocate", _("热爱")
    LOYAL = "loyal", _("忠诚")
    MATURE = "mature", _("成熟")
    GROWING = "growing", _("成长")
    NEW = "new", _("新客")
    LEAD = "lead", _("潜客")


class Pool(models.TextChoices):
    """How near a member is (M-16); the last three are the private domain."""

    PUBLIC = "public", _("公域流量")
    TERRITORY = "territory", _("地域流量池")
    CORE = "core", _("核心粉丝池")
    TRUE_FAN = "true_fan", _("铁杆粉")


class MemberPulse(TenantModel):
    """What lists, rules and reports ask of a member; one row each, written once a night if it differs.

    Figures hold for the brand's `PulseDay`. ``first_active_date`` and ``last_active_date`` follow every
    fact at once. Scores are hundredths of a point.
    """

    member = TenantForeignKey(
        Member, on_delete=models.CASCADE, related_name="pulse", db_index=False
    )
    stage = models.CharField(
        max_length=10, choices=Stage.choices, default=Stage.LEAD, db_default=Stage.LEAD.value
    )
    # The local day on which the stage held first.
    stage_since = models.DateField(null=True, blank=True)
    pool = models.CharField(
        max_length=10, choices=Pool.choices, default=Pool.PUBLIC, db_default=Pool.PUBLIC.value
    )
    pool_since = models.DateTimeField(null=True, blank=True)
    # Somebody moved this member back by hand: rules do not move it on again.
    is_held = models.BooleanField(default=False, db_default=False)
    first_active_date = models.DateField(null=True, blank=True)
    last_active_date = models.DateField(null=True, blank=True)
    active_days_7 = models.IntegerField(default=0, db_default=0)
    visit_seconds_7 = models.BigIntegerField(default=0, db_default=0)
    app_uses_7 = models.IntegerField(default=0, db_default=0)
    interactions_90 = models.IntegerField(default=0, db_default=0)
    social_90 = models.IntegerField(default=0, db_default=0)
    ugc_180 = models.IntegerField(default=0, db_default=0)
    referrals_180 = models.IntegerField(default=0, db_default=0)
    orders_365 = models.IntegerField(default=0, db_default=0)
    orders_90 = models.IntegerField(default=0, db_default=0)
    net_365_fen = models.BigIntegerField(default=0, db_default=0)
    net_90_fen = models.BigIntegerField(default=0, db_default=0)
    spend_30_fen = models.BigIntegerField(default=0, db_default=0)
    # Contribution (N-30) and its three parts, each out of 10000.
    score = models.IntegerField(default=0, db_default=0)
    score_spend = models.IntegerField(default=0, db_default=0)
    score_interaction = models.IntegerField(default=0, db_default=0)
    score_social = models.IntegerField(default=0, db_default=0)
    # Whole points, for rules: who has 60 points has at least 60.00.
    score_points = models.IntegerField(default=0, db_default=0)

    objects: ClassVar[TenantManager[MemberPulse]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "member"], name="pulse_member"),
        ]
        # Both move for few members a night: every other write stays on its page.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "pool", "-member"], name="pulse_by_pool"),
            models.Index(fields=["tenant", "stage", "-member"], name="pulse_by_stage"),
        ]


class PulseDay(TenantModel):
    """The local day for which the brand's figures hold; NEVER before the first night."""

    as_of = models.DateField()

    objects: ClassVar[TenantManager[PulseDay]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant"], name="pulse_day_once"),
        ]


class StageMove(TenantModel):
    """A member came from one stage to another on a local day; the first one has nothing before."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    as_of = models.DateField()
    before = models.CharField(max_length=10, default="", blank=True)
    after = models.CharField(max_length=10, choices=Stage.choices)

    objects: ClassVar[TenantManager[StageMove]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            # Also the way to a member's history.
            models.UniqueConstraint(fields=["tenant", "member", "as_of"], name="stage_move_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "as_of"], name="stage_move_by_day"),
        ]
