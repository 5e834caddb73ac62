"""Programmes, what a draft still lacks, and what it would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.benefits.models import Place
from members.benefits.selectors import benefits_by_code, offers_read
from members.programme.models import Programme, ProgrammeState
from members.programme.rules import (
    LEAST_RUNGS,
    LIFE_CYCLE,
    PARTS,
    offers_of,
    rules_of,
    rungs_of,
    tiers_without,
)
from members.tiers.rules import ladder_faults
from members.tiers.selectors import LadderPreview, tier_preview
from scrm.core.errors import NotFound
from scrm.tenants.settings import SETTINGS, setting

PART_WORDS: dict[str, str | Promise] = {
    "goal": gettext_lazy("目标"),
    "ladder": gettext_lazy("等级"),
    "benefits": gettext_lazy("权益"),
    "life_cycle": gettext_lazy("生命周期"),
}
APPROVAL = "programme.activate"


def programmes_listed() -> QuerySet[Programme]:
    """Every version."""
    return Programme.objects.all()


def programme_get(public_id: str, *, lock: bool = False) -> Programme:
    """The version with that public id; NotFound otherwise."""
    rows = Programme.objects.select_for_update(of=("self",)) if lock else Programme.objects.all()
    programme = rows.filter(public_id=public_id).first()
    if programme is None:
        raise NotFound
    return programme


def programme_draft() -> Programme | None:
    """The draft, if there is one."""
    return Programme.objects.filter(state=ProgrammeState.DRAFT).first()


def programme_active() -> Programme | None:
    """The version in force, if there is one."""
    return Programme.objects.filter(state=ProgrammeState.ACTIVE).first()


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A part that is not complete, and why."""

    part: str
    why: str


def missing_parts(programme: Programme) -> list[Missing]:
    """What keeps the programme from being brought into force; empty if nothing does."""
    checks = {
        "goal": _goal_lacks(programme.goal),
        "ladder": _ladder_lacks(programme.ladder),
        "benefits": _benefits_lack(programme),
        "life_cycle": _life_cycle_lacks(programme.life_cycle),
    }
    return [Missing(part=part, why=checks[part]) for part in PARTS if checks[part]]


def _goal_lacks(goal: dict[str, Any]) -> str:
    return "" if goal.get("text") and goal.get("figure") else _("写明目标和要达到的数字")


def _ladder_lacks(ladder: dict[str, Any]) -> str:
    rungs = rungs_of(ladder)
    if len(rungs) < LEAST_RUNGS:
        return _("至少两级：人人都有的基础等级和一个更高的等级")
    return _("门槛要逐级升高") if ladder_faults(rungs) else ""


def _benefits_lack(programme: Programme) -> str:
    rungs = rungs_of(programme.ladder)
    if not rungs or not any(programme.benefits.values()):
        return _("每个更高的等级都要有权益或礼遇")
    without = tiers_without(programme.benefits, rungs)
    if without:
        return _("%(tiers)s 还没有权益或礼遇") % {"tiers": "、".join(without)}
    known = benefits_by_code()
    offers = offers_of(programme.benefits, [rung.code for rung in rungs])
    gone = {code for by in offers.values() for each in by.values() for code in each} - set(known)
    return _("权益目录里已没有 %(codes)s") % {"codes": "、".join(sorted(gone))} if gone else ""


def _life_cycle_lacks(life_cycle: dict[str, Any]) -> str:
    if any(key not in life_cycle for key in LIFE_CYCLE):
        return _("确认等级的有效期、保级与降级")
    return next((why for key in LIFE_CYCLE if (why := SETTINGS[key].refusal(life_cycle[key]))), "")


@dataclass(frozen=True, kw_only=True)
class OfferChange:
    """A benefit that would be offered somewhere it is not, no longer, or with another value."""

    place: str
    key: str
    code: str
    name: str
    kind: str
    before: int | None
    after: int | None


@dataclass(frozen=True, kw_only=True)
class ProgrammePreview:
    """What bringing a programme into force would do at once."""

    members: LadderPreview
    offers: list[OfferChange]
    settings: list[tuple[str, Any, Any]]


def programme_preview(programme: Programme) -> ProgrammePreview:
    """Who moves, which benefits change and which settings; nothing is written.

    Without its second and fourth part there is nobody to move yet.
    """
    rungs = rungs_of(programme.ladder)
    is_ready = not _ladder_lacks(programme.ladder) and not _life_cycle_lacks(programme.life_cycle)
    moves = LadderPreview(moves=(), total=0)
    if is_ready:
        moves = tier_preview(rungs, rules_of(programme.life_cycle))
    return ProgrammePreview(
        members=moves,
        offers=_offer_changes(programme) if rungs else [],
        settings=[
            (key, setting(key), value)
            for key, value in programme.life_cycle.items()
            if key in LIFE_CYCLE and setting(key) != value
        ],
    )


def _offer_changes(programme: Programme) -> list[OfferChange]:
    known, stands = benefits_by_code(), offers_read()
    codes = [rung.code for rung in rungs_of(programme.ladder)]
    changes = []
    for place, by_key in offers_of(programme.benefits, codes).items():
        for key, wanted in by_key.items():
            have = {offer.benefit.code: offer.value for offer in stands.get((place, key), ())}
            changes += [
                OfferChange(
                    place=place,
                    key=key,
                    code=code,
                    name=known[code].name,
                    kind=known[code].kind,
                    before=have.get(code),
                    after=wanted.get(code),
                )
                for code in sorted({*have, *wanted})
                if code in known and have.get(code) != wanted.get(code)
            ]
    return changes


def benefits_offered() -> dict[str, dict[str, dict[str, int]]]:
    """What is offered now, as the third part says it."""
    places = {Place.TIER: "tiers", Place.GIFT: "gifts", Place.LAYER: "layers"}
    found: dict[str, dict[str, dict[str, int]]] = {part: {} for part in places.values()}
    for (place, key), offers in offers_read().items():
        if place in places:
            found[places[Place(place)]][key] = {offer.benefit.code: offer.value for offer in offers}
    return found
