"""Benefits on the member's page: what one may use now, and what was ever granted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.benefits.models import BenefitGrant
from members.benefits.selectors import benefits_effective, grants_of
from members.benefits.words import source_words, value_words
from members.tiers.words import last_day
from scrm.console.elements import Badge
from scrm.console.panels import Panel, panel_register
from scrm.core import clock

_SHOWN = 30


def later_panel(_member_id: int) -> Mapping[str, object]:
    """The card fetches its lines itself: resolving asks as much as the rest of the rail together."""
    return {}


def benefits_panel(member_id: int) -> Mapping[str, object]:
    """The best of each benefit, with where it comes from and how long it lasts."""
    return {
        "lines": [
            {
                "name": each.name,
                "value": value_words(each.kind, each.value),
                "source": source_words(each.source),
                "until": last_day(each.until) if each.until is not None else "",
            }
            for each in benefits_effective([member_id])[member_id]
        ]
    }


def _state(grant: BenefitGrant) -> Badge:
    now = clock.now()
    if grant.used_at is not None:
        return Badge(_("已使用"), "muted")
    if grant.voided_at is not None:
        return Badge(_("已作废"), "bad")
    if grant.until is not None and grant.until <= now:
        return Badge(_("已过期"), "muted")
    return Badge(_("可使用"), "good") if grant.from_at <= now else Badge(_("未开始"), "info")


def grants_panel(member_id: int) -> Mapping[str, Any]:
    """Grants, newest first."""
    rows = list(grants_of(member_id).order_by("-pk")[:_SHOWN])
    return {
        "grants": [
            {
                "grant": grant,
                "name": grant.benefit.name,
                "value": value_words(grant.benefit.kind, grant.value),
                "state": _state(grant),
                "until": last_day(grant.until),
                "is_open": grant.used_at is None and grant.voided_at is None,
            }
            for grant in rows
        ],
    }


panel_register(
    Panel(
        key="benefits", slot="rail", label=gettext_lazy("权益"),
        template="members/benefits/_rail.html", load=later_panel, permission="benefits.view",
        order=6,
    )
)  # fmt: skip
panel_register(
    Panel(
        key="grants", slot="tab", label=gettext_lazy("权益"),
        template="members/benefits/_tab.html", load=grants_panel, permission="benefits.grant",
        order=45,
    )
)  # fmt: skip
