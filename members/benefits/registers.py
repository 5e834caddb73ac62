"""Benefits of the tier one stands on, gifts on reaching it, and grants that follow their member."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.benefits.models import BenefitGrant, Place
from members.benefits.selectors import tier_standings
from members.benefits.services import gifts_hand_out, gifts_take_back
from members.benefits.sources import benefit_source_register
from members.identity.participants import merge_participant_register
from members.identity.rowmoves import rows_participant
from members.tiers.gifts import tier_gift_register

benefit_source_register(Place.TIER, tier_standings)
tier_gift_register(gifts_hand_out, gifts_take_back)
merge_participant_register(
    rows_participant(
        "benefits",
        BenefitGrant,
        order=80,
        label=_("单独发放的权益"),
        twins=("benefit_id", "source_type", "source_id"),
    )
)
