"""Tiers side by side, in the three groups of M-29, made from what is offered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from members.benefits.models import BenefitGroup, Place
from members.benefits.selectors import offers_read
from members.benefits.words import value_words
from members.tiers.forms import times_text
from members.tiers.rules import UNIT, Rung
from scrm.console.columns import Column, Table, table_make


@dataclass(frozen=True, kw_only=True)
class Line:
    """One benefit and what it is worth on each tier."""

    name: str
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Group:
    """One of the three tables."""

    label: str
    table: Table


def compare_groups(rungs: Sequence[Rung]) -> list[Group]:
    """A table per group that has anything; the multiplier of points stands under prices."""
    lines: dict[str, dict[str, Line]] = {group: {} for group in BenefitGroup.values}
    for place in (Place.TIER, Place.GIFT):
        for (_place, code), offers in offers_read(place).items():
            for offer in offers:
                benefit = offer.benefit
                name = benefit.name
                if place == Place.GIFT:
                    name = _("%(name)s（升级礼遇）") % {"name": name}
                key = f"{place} {benefit.code}"
                line = lines[benefit.group].setdefault(key, Line(name=name))
                line.cells[code] = value_words(benefit.kind, offer.value)
    if any(rung.multiplier > UNIT for rung in rungs):
        lines[BenefitGroup.PRICE]["points"] = Line(
            name=_("积分倍数"),
            cells={
                rung.code: _("%(times)s 倍") % {"times": times_text(rung.multiplier)}
                for rung in rungs
            },
        )
    return [
        Group(
            label=str(group.label),
            table=table_make(
                caption=str(group.label),
                columns=_columns(rungs),
                rows=[found[key] for key in sorted(found)],
            ),
        )
        for group in BenefitGroup
        if (found := lines[group])
    ]


def _columns(rungs: Sequence[Rung]) -> list[Column]:
    return [
        Column(key="name", label=_("权益"), is_primary=True),
        *(Column(key=rung.code, label=rung.name, value=_cell(rung.code)) for rung in rungs),
    ]


def _cell(code: str) -> Callable[[Line], str]:
    return lambda line: line.cells.get(code, "")
