"""Benefits in words, and values as people type them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.benefits.models import BenefitKind, Place
from members.benefits.rules import KINDS
from members.tiers.forms import times_read, times_text
from scrm.console.writing import yuan
from scrm.core.money import fen_from_yuan, yuan_text


def value_words(kind: str, value: int) -> str:
    """What a member gets: `¥50.00`, `满 ¥99.00`, `30 天`; a check mark where it is there or not."""
    unit = KINDS[kind].unit
    if unit == "none":
        return "✓"
    if unit == "times":
        return _("%(times)s 倍") % {"times": times_text(value)}
    if unit == "days":
        return ngettext("%(n)s 天", "%(n)s 天", value) % {"n": value}
    if unit == "seats":
        return ngettext("%(n)s 席", "%(n)s 席", value) % {"n": value}
    if kind == BenefitKind.FREE_SHIPPING:
        return _("满 %(amount)s") % {"amount": yuan(value)} if value else _("不限金额")
    return yuan(value)


def unit_words(kind: str) -> str:
    """What is typed for the kind."""
    return {
        "none": "",
        "times": _("倍"),
        "yuan": _("元"),
        "days": _("天"),
        "seats": _("席"),
    }[KINDS[kind].unit]


def value_text(kind: str, value: int) -> str:
    """The value as it is typed in a field."""
    unit = KINDS[kind].unit
    if unit == "times":
        return times_text(value)
    if unit == "yuan":
        return yuan_text(value).removesuffix(".00")
    return "" if unit == "none" else str(value)


def value_read(kind: str, text: str) -> int:
    """The value that was typed; ValueError or a form's ValidationError otherwise."""
    unit = KINDS[kind].unit
    if unit == "times":
        return times_read(text)
    if unit == "yuan":
        return fen_from_yuan(text or "0")
    return 0 if unit == "none" else int(text)


def source_words(source: str) -> str:
    """Where a benefit comes from."""
    return str(Place(source).label) if source in Place.values else _("单独发放")
