"""The tier on the member's page: where one stands, the way to the next rung, and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.tiers.forms import times_text
from members.tiers.selectors import spells_of, tier_of
from members.tiers.words import cause_words, last_day, state_badge, tier_badge
from scrm.console.elements import TimelineEntry
from scrm.console.panels import Panel, TimelineSource, panel_register, timeline_register
from scrm.console.writing import thousands

_FULL = 10_000
_HIDDEN = frozenset({"joined"})


def tier_panel(member_id: int) -> Mapping[str, object]:
    """A member's tier and progress."""
    now = tier_of([member_id]).get(member_id)
    if now is None:
        return {"now": None}
    pairs = [
        (_("有效成长值"), thousands(now.metric)),
        (_("累计成长值"), thousands(now.lifetime)),
        (_("积分倍数"), _("%(times)s 倍") % {"times": times_text(now.multiplier)}),
    ]
    if now.grace_until is not None:
        pairs.append((_("保级到"), last_day(now.grace_until)))
    else:
        pairs.append((_("有效期至"), last_day(now.valid_until)))
    share = now.metric * _FULL // now.next.threshold if now.next is not None else _FULL
    return {
        "now": now,
        "badge": tier_badge(now.name, now.rank),
        "state": state_badge(now.state),
        "share_bp": min(max(share, 0), _FULL),
        "pairs": pairs,
    }


def _timeline(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    return [
        TimelineEntry(
            at=spell.started_at,
            title=_("%(cause)s：%(tier)s")
            % {"cause": cause_words(spell.cause), "tier": spell.tier.name},
            icon="award",
            tone="warn" if spell.cause in {"downgraded", "refunded"} else "good",
            kind="tier",
        )
        for spell in spells_of(member_id, before=before, limit=limit)
        if spell.cause not in _HIDDEN
    ]


panel_register(
    Panel(
        key="tier", slot="rail", label=gettext_lazy("等级"), template="members/tiers/_rail.html",
        load=tier_panel, permission="tiers.view", order=5,
    )
)  # fmt: skip
timeline_register(
    TimelineSource(
        key="tiers", label=gettext_lazy("等级"), load=_timeline, permission="tiers.view", order=45
    )
)
