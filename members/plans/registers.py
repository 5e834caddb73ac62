"""What plans bring: benefits, points, a column of the member list; and terms that follow their member."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.benefits.models import Place
from members.benefits.sources import benefit_source_register
from members.identity.participants import MergeParticipant, merge_participant_register
from members.people.columns import MemberColumn, column_register
from members.plans.merging import ROWS, terms_move, terms_restore
from members.plans.selectors import names_by_member, plan_multipliers, plan_standings
from members.tiers.selectors import multiplier_extra_register

benefit_source_register(Place.PLAN, plan_standings)
multiplier_extra_register(plan_multipliers)
column_register(
    MemberColumn(
        key="plan",
        label=_("付费会员"),
        order=46,
        fetch=names_by_member,
        permission="plans.view",
        optional=True,
    )
)
merge_participant_register(
    MergeParticipant(
        key="plans",
        order=81,
        label=_("付费会员"),
        tables=(ROWS.label,),
        preview=ROWS.preview(_("付费会员")),
        move=terms_move,
        restore=terms_restore,
    )
)
