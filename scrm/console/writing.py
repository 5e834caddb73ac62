"""How figures, money, days and phones are written, in one place for tags, filters and columns."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from scrm.core.money import yuan_text

_WAN = 10_000
_YI = 100_000_000
_PHONE_SHOWN = 7


def thousands(number: int) -> str:
    """`9,178`"""
    return f"{number:,}"


def yuan(fen: int) -> str:
    """Fen as `¥1,234.50`, minus before the sign."""
    whole, part = yuan_text(abs(fen)).split(".")
    return f"{'-' if fen < 0 else ''}¥{int(whole):,}.{part}"


def yuan_whole(fen: int) -> str:
    """Fen as `¥1,235` for tiles, rounded half up."""
    return f"{'-' if fen < 0 else ''}¥{(abs(fen) + 50) // 100:,}"


def compact(number: int) -> str:
    """`1.2万` and `3.45亿` for charts and tiles; thousands and millions in English."""
    if (get_language() or "zh-hans").startswith("zh"):
        steps: tuple[tuple[int, str, int], ...] = ((_YI, "亿", 2), (_WAN, "万", 1))
    else:
        steps = ((1_000_000_000, "B", 2), (1_000_000, "M", 1), (10_000, "k", 1))
    size = abs(number)
    for base, unit, digits in steps:
        if size >= base:
            divisor = 1_000 if unit == "k" else base
            scaled = (size * 10**digits * 2 + divisor) // (2 * divisor)
            whole, part = divmod(scaled, 10**digits)
            decimals = f"{part:0{digits}d}".rstrip("0")
            sign = "-" if number < 0 else ""
            return f"{sign}{whole:,}{'.' + decimals if decimals else ''}{unit}"
    return f"{number:,}"


def bp_text(basis_points: int, digits: int = 2) -> str:
    """Basis points as `8.70%`."""
    whole, part = divmod(abs(basis_points), 100)
    decimals = f".{part:02d}"[: digits + 1] if digits else ""
    return f"{'-' if basis_points < 0 else ''}{whole:,}{decimals}%"


def phone_masked(phone: str) -> str:
    """`138****8000`; short or foreign numbers keep only the last two digits."""
    digits = phone.strip()
    if not digits:
        return ""
    if len(digits) > _PHONE_SHOWN:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}"


def date_text(day: date) -> str:
    """`2026-11-22`; moments are taken in the brand's zone first."""
    if isinstance(day, datetime):
        day = timezone.localtime(day)
    return f"{day:%Y-%m-%d}"


def datetime_text(at: datetime) -> str:
    """`2026-11-22 09:30` in the brand's zone."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def duration_text(seconds: int) -> str:
    """Time left, roughly: 约 2 分钟."""
    if seconds < 60:  # noqa: PLR2004
        return _("不到 1 分钟")
    minutes = (seconds + 30) // 60
    if minutes < 60:  # noqa: PLR2004
        return _("约 %(minutes)s 分钟") % {"minutes": minutes}
    return _("约 %(hours)s 小时") % {"hours": (minutes + 30) // 60}
