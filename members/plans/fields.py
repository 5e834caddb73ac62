"""The paid plans a member holds, as a segment field."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.plans.models import PaidMembership, TermState
from members.plans.selectors import plan_choices
from members.plans.services import DIRTY
from members.segments.fields import Rows, SegmentField, field_register

field_register(
    SegmentField(
        key="plan.held",
        label=_("付费会员"),
        group=_("等级"),
        kind="words",
        path="plan__public_id",
        rows=Rows(lambda: PaidMembership.objects.filter(state=TermState.ACTIVE)),
        choices=plan_choices,
        dirty=DIRTY,
        index="paid_membership_by_member",
        order=56,
    )
)
