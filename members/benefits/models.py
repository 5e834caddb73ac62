"""What members may be given, where each benefit is offered, and grants to single members (M-10)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.people.models import Member
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class BenefitKind(models.TextChoices):
    """The eight kinds of M-10; `rules.KINDS` says what the value of each counts and which is better."""

    MULTIPLIER = "multiplier", _("积分倍数")
    COUPON = "coupon", _("优惠券")
    FREE_SHIPPING = "free_shipping", _("包邮")
    PRIORITY_DELIVERY = "priority_delivery", _("优先配送")
    NO_REASON_RETURN = "no_reason_return", _("无理由退货")
    GIFT_PACK = "gift_pack", _("礼包")
    EVENT_SEAT = "event_seat", _("活动席位")
    SERVICE_LINE = "service_line", _("专属客服")


class BenefitGroup(models.TextChoices):
    """The three groups in which tiers are compared (M-29)."""

    CONTENT = "content", _("内容权益")
    SERVICE = "service", _("服务权益")
    PRICE = "price", _("价格权益")


class Benefit(TenantModel):
    """An entry of the catalogue. The code stays for ever; the value is what is proposed for new offers."""

    public_id = PublicIdField(prefix="bnf")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, choices=BenefitKind.choices)
    group = models.CharField(max_length=8, choices=BenefitGroup.choices)
    value = models.BigIntegerField(default=0)
    description = models.CharField(max_length=200, default="", blank=True)
    # Offered to a channel layer, it is for that layer only; otherwise for the layers above as well (M-13).
    is_exact_layer = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[Benefit]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="benefit_public_id"),
            models.UniqueConstraint(fields=["tenant", "code"], name="benefit_code"),
            models.CheckConstraint(condition=Q(value__gte=0), name="benefit_value"),
        ]


class Place(models.TextChoices):
    """Where a benefit is offered: with a tier, once on reaching it, with a paid plan, on a channel layer."""

    TIER = "tier", _("等级权益")
    GIFT = "gift", _("升级礼遇")
    PLAN = "plan", _("付费会员")
    LAYER = "layer", _("渠道层级")


class BenefitOffer(TenantModel):
    """A benefit in one place. ``key`` is the tier's code, the plan's public id or the layer's number."""

    benefit = TenantForeignKey(
        Benefit, on_delete=models.PROTECT, related_name="offers", db_index=False
    )
    place = models.CharField(max_length=8, choices=Place.choices)
    key = models.CharField(max_length=40)
    value = models.BigIntegerField(default=0)
    # Business time it was first offered here: what was reached before brings no gift.
    since = models.DateTimeField()

    objects: ClassVar[TenantManager[BenefitOffer]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "place", "key", "benefit"], name="benefit_offer_once"
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="benefit_offer_value"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "benefit"], name="benefit_offer_by_benefit"),
        ]


class BenefitGrant(TenantModel):
    """A benefit for one member, to be used once: by hand, for a deed, or as the gift of a tier."""

    public_id = PublicIdField(prefix="bgr")
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    benefit = TenantForeignKey(Benefit, on_delete=models.PROTECT, related_name="+", db_index=False)
    value = models.BigIntegerField(default=0)
    # Why it was granted: the same reason grants once.
    source_type = models.CharField(max_length=20)
    source_id = models.CharField(max_length=80)
    from_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, default="", blank=True)

    objects: ClassVar[TenantManager[BenefitGrant]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="benefit_grant_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "member", "benefit", "source_type", "source_id"],
                name="benefit_grant_once",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("from_at")), name="benefit_grant_forward"
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(voided_at=None), name="benefit_grant_one_end"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # A gift is taken back by what it was granted for.
            models.Index(
                fields=["tenant", "source_type", "source_id"], name="benefit_grant_source"
            ),
        ]
