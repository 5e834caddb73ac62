"""The tier on the member's page: where one stands, the way to the next rung, and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.people.models import Member
from members.tiers.forms import times_text
from members.tiers.selectors import lock_of, spells_of, tier_of
from members.tiers.words import cause_words, state_badge, tier_badge
from scrm.console.elements import TimelineEntry
from scrm.console.panels import Panel, TimelineSource, panel_register, timeline_register
from scrm.console.routes import page_url
from scrm.console.writing import date_text, thousands
from scrm.core import clock
from scrm.tenants.context import current_tenant

_FULL = 10_000
_HIDDEN = frozenset({"joined"})


def _last_day(until: datetime | None) -> str:
    """The last day that is still in: ends are local midnights."""
    if until is None:
        return _("长期有效")
    zone = current_tenant().timezone
    return date_text(clock.local_date(until - timedelta(seconds=1), zone))


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
        pairs.append((_("保级到"), _last_day(now.grace_until)))
    else:
        pairs.append((_("有效期至"), _last_day(now.valid_until)))
    share = now.metric * _FULL // now.next.threshold if now.next is not None else _FULL
    return {
        "now": now,
        "badge": tier_badge(now.name, now.rank),
        "state": state_badge(now.state),
        "share_bp": min(max(share, 0), _FULL),
        "pairs": pairs,
    }


def lock_panel(member_id: int) -> Mapping[str, object]:
    """Whether somebody holds the tier by hand; for those who may."""
    lock = lock_of(member_id)
    slug = current_tenant().slug
    member = Member.objects.only("public_id").get(pk=member_id).public_id
    return {
        "lock": lock,
        "last_day": _last_day(lock.until) if lock is not None else "",
        "lock_url": page_url(slug, "members-tier-lock", member_id=member),
        "unlock_url": page_url(slug, "members-tier-unlock", member_id=member),
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
panel_register(
    Panel(
        key="tier-lock", slot="rail", label=gettext_lazy("等级锁定"), template="members/tiers/_lock.html",
        load=lock_panel, permission="tiers.lock", order=6,
    )
)  # fmt: skip
timeline_register(
    TimelineSource(
        key="tiers", label=gettext_lazy("等级"), load=_timeline, permission="tiers.view", order=45
    )
)
