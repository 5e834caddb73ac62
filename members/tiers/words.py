"""Words for tiers, states and causes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.tiers.models import SpellState
from scrm.console.elements import Badge, Tone
from scrm.console.writing import date_text
from scrm.core import clock
from scrm.tenants.context import current_tenant

_TONES: tuple[Tone, ...] = ("neutral", "info", "gold", "warn")
CAUSES = {
    "joined": gettext_lazy("入会"),
    "upgraded": gettext_lazy("升级"),
    "renewed": gettext_lazy("续级"),
    "kept": gettext_lazy("保级"),
    "downgraded": gettext_lazy("保级失败"),
    "refunded": gettext_lazy("退款后收回"),
    "locked": gettext_lazy("人工锁定"),
    "ladder": gettext_lazy("等级体系调整"),
    "merged": gettext_lazy("会员合并"),
}


def tier_badge(name: str, rank: int) -> Badge:
    """The tier's name; higher rungs stand out more."""
    return Badge(name, _TONES[min(rank, 2)])


def cause_words(cause: str) -> str:
    return str(CAUSES.get(cause, cause))


def state_badge(state: str) -> Badge | None:
    """Nothing for the usual case."""
    if state == SpellState.GRACE:
        return Badge(_("保级期"), "warn")
    return Badge(_("已锁定"), "info") if state == SpellState.LOCKED else None


def last_day(until: datetime | None) -> str:
    """The last day that is still in: ends are local midnights."""
    if until is None:
        return _("长期有效")
    zone = current_tenant().timezone
    return date_text(clock.local_date(until - timedelta(seconds=1), zone))
