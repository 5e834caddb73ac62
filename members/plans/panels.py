"""Paid plans on the member's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.people.models import Member
from members.plans.models import TermState
from members.plans.selectors import terms_of
from members.tiers.words import last_day
from scrm.console.elements import TimelineEntry
from scrm.console.panels import Panel, TimelineSource, panel_register, timeline_register
from scrm.console.writing import yuan
from scrm.core import clock


def plans_panel(member_id: int) -> Mapping[str, object]:
    """What the member holds."""
    now = clock.now()
    rows = [
        term for term in terms_of(member_id) if term.state == TermState.ACTIVE and term.until > now
    ]
    return {
        "member": Member.objects.only("public_id", "tenant").get(pk=member_id),
        "lines": [
            {"term": term, "until": last_day(term.until), "is_next": term.from_at > now}
            for term in rows
        ],
    }


def _timeline(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    return [
        TimelineEntry(
            at=term.bought_at,
            title=(_("续费 %(plan)s") if term.renewed_from_id else _("开通 %(plan)s"))
            % {"plan": term.plan.name},
            body=_("%(price)s，至 %(day)s")
            % {"price": yuan(term.price_fen), "day": last_day(term.until)},
            icon="crown",
            tone="gold",
            kind="plan",
        )
        for term in terms_of(member_id, before=before, limit=limit)
    ]


panel_register(
    Panel(
        key="plans", slot="rail", label=gettext_lazy("付费会员"),
        template="members/plans/_rail.html", load=plans_panel, permission="plans.view", order=7,
    )
)  # fmt: skip
timeline_register(
    TimelineSource(
        key="plans", label=gettext_lazy("付费会员"), load=_timeline, permission="plans.view",
        order=46,
    )
)  # fmt: skip
