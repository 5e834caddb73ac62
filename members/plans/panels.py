"""Paid plans on the member's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.plans.models import TermState
from members.plans.selectors import terms_of
from members.tiers.words import last_day
from scrm.console.elements import Badge, TimelineEntry, Tone
from scrm.console.panels import Panel, TimelineSource, panel_register, timeline_register
from scrm.console.writing import yuan
from scrm.core import clock

_TONES: Mapping[str, Tone] = {
    TermState.ACTIVE: "good",
    TermState.EXPIRED: "muted",
    TermState.REFUNDED: "warn",
}


def plans_panel(member_id: int) -> Mapping[str, object]:
    """Every term the member bought, newest first."""
    now = clock.now()
    return {
        "lines": [
            {
                "term": term,
                "until": last_day(term.until),
                "is_next": term.state == TermState.ACTIVE and term.from_at > now,
                "state": Badge(TermState(term.state).label, _TONES[term.state]),
            }
            for term in terms_of(member_id)
        ]
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
        key="plans", slot="tab", label=gettext_lazy("付费会员"),
        template="members/plans/_tab.html", load=plans_panel, permission="plans.view", order=46,
    )
)  # fmt: skip
timeline_register(
    TimelineSource(
        key="plans", label=gettext_lazy("付费会员"), load=_timeline, permission="plans.view",
        order=46,
    )
)  # fmt: skip
