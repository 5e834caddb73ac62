"""What the address of the overview asks for. Anything that makes no sense falls back to thirty days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.overview.rules import PRESETS, Compare, Period
from analytics.overview.selectors import period_get
from scrm.core.errors import InvalidValue

_USUAL = 30
COMPARES: dict[Compare, str | Promise] = {
    "previous": _("对比上期"),
    "year": _("对比去年同期"),
    "none": _("不对比"),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The period, what it is compared with, and the preset it came from (0 for typed dates)."""

    period: Period
    compare: Compare
    preset: int

    def query(self, *, preset: int | None = None) -> str:
        """The address of the same question, or of a preset with the same comparison."""
        compare = {} if self.compare == "previous" else {"compare": self.compare}
        days = self.preset if preset is None else preset
        if days:
            return "?" + urlencode({"range": days, **compare})
        ends = {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        return "?" + urlencode({**ends, **compare})


def asked(query: QueryDict) -> Asked:
    """Read the address."""
    compare = query.get("compare", "previous")
    known: Compare = compare if compare in COMPARES else "previous"
    first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    if first is not None and last is not None:
        try:
            return Asked(period=period_get(first=first, last=last), compare=known, preset=0)
        except InvalidValue:
            pass
    wanted = query.get("range", "")
    preset = next((days for days in PRESETS if str(days) == wanted), _USUAL)
    return Asked(period=period_get(days=preset), compare=known, preset=preset)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
