"""Draft a programme part by part, ask for a second person, and bring it into force (M-08)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from members.benefits.rules import KINDS
from members.benefits.selectors import benefits_by_code
from members.benefits.services import offers_put, value_checked
from members.programme.errors import ProgrammeIncomplete
from members.programme.models import Programme, ProgrammeState
from members.programme.rules import (
    LAYERS,
    LIFE_CYCLE,
    LONGEST,
    MEASURES,
    PARTS,
    PLACES,
    digest,
    ladder_told,
    offers_of,
    rungs_of,
)
from members.programme.selectors import (
    APPROVAL,
    benefits_offered,
    missing_parts,
    programme_active,
    programme_draft,
    programme_get,
)
from members.tiers.ladder import ladder_check, ladder_put
from members.tiers.selectors import ladder_get
from scrm.approvals.models import Approval
from scrm.approvals.selectors import approval_waiting
from scrm.approvals.services import ApprovalOutdated, approval_request
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.tenants.changing import Change, tenant_change_apply
from scrm.tenants.context import require_tenant_id
from scrm.tenants.settings import settings_check

_LOCK_SPACE = 7016
_MOST_FIGURE = 10**12
_MOST_BENEFITS = 100


@transaction.atomic
def programme_start() -> tuple[Programme, bool]:
    """The draft, made if there is none: it begins as the brand stands; and whether it is new."""
    _serialise()
    draft = programme_draft()
    if draft is not None:
        return draft, False
    active = programme_active()
    newest = Programme.objects.order_by("-number").values_list("number", flat=True).first()
    rungs = ladder_get()
    draft = Programme.objects.create(
        number=(newest or 0) + 1,
        goal=active.goal if active is not None else {},
        ladder=ladder_told(rungs) if rungs else {},
        benefits=benefits_offered(),
        # Whoever starts confirms the terms once; later drafts begin with those that hold.
        life_cycle=active.life_cycle if active is not None else {},
        author=current_actor().label[:80],
    )
    _told("programmes.started", draft)
    return draft, True


def _serialise() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, require_tenant_id() % 2**31]
        )


def _told(action: str, programme: Programme, **more: Any) -> None:
    record(
        action,
        object_type="programme",
        object_id=programme.public_id,
        after={"number": programme.number, **more},
    )


@transaction.atomic
def programme_save(*, public_id: str, **parts: Mapping[str, Any]) -> Programme:
    """Write parts of the draft; what is unfinished may be saved, what is wrong may not."""
    draft = _draft_locked(public_id)
    for part in PARTS:
        if part in parts:
            setattr(draft, part, _CHECKS[part](parts[part]))
    draft.save()
    _told("programmes.saved", draft, parts=sorted(parts))
    return draft


def _draft_locked(public_id: str) -> Programme:
    programme = programme_get(public_id, lock=True)
    if programme.state != ProgrammeState.DRAFT:
        raise InvalidTransition(_("已经生效的版本不能修改"), current=str(programme.state))
    if approval_waiting(APPROVAL, programme.public_id) is not None:
        raise InvalidTransition(_("正在等待审批，撤回后再修改"))
    return programme


@transaction.atomic
def programme_discard(*, public_id: str) -> None:
    """Throw the draft away; what is in force stays."""
    draft = _draft_locked(public_id)
    _told("programmes.discarded", draft)
    draft.delete()


# -- the four parts ----------------------------------------------------------------------------------


def _goal(told: Mapping[str, Any]) -> dict[str, Any]:
    figure, measure = told.get("figure", 0), told.get("measure", MEASURES[0])
    if measure not in MEASURES:
        raise InvalidValue(_("没有这个指标"), pointer="/goal/measure")
    if not 0 <= figure <= _MOST_FIGURE:
        raise InvalidValue(_("数字不对"), pointer="/goal/figure")
    text = str(told.get("text", "")).strip()[:LONGEST]
    return {"text": text, "measure": measure, "figure": figure}


def _ladder(told: Mapping[str, Any]) -> dict[str, Any]:
    rungs = rungs_of(told)
    if rungs:
        ladder_check(rungs)
    return ladder_told(rungs)


def _benefits(told: Mapping[str, Any]) -> dict[str, Any]:
    known = benefits_by_code()
    found: dict[str, dict[str, dict[str, int]]] = {part: {} for part in PLACES}
    for part, place in PLACES.items():
        for key, offers in told.get(part, {}).items():
            pointer = f"/benefits/{part}/{key}"
            if part == "layers" and key not in LAYERS:
                raise InvalidValue(_("渠道层级为 1 到 4"), pointer=pointer)
            if len(offers) > _MOST_BENEFITS:
                raise InvalidValue(_("权益太多"), pointer=pointer)
            for code, value in offers.items():
                benefit = known.get(code)
                if benefit is None or place not in KINDS[benefit.kind].places:
                    raise InvalidValue(
                        _("这里不能提供权益 %(code)s") % {"code": code}, pointer=f"{pointer}/{code}"
                    )
                value_checked(benefit.kind, value, pointer=f"{pointer}/{code}")
            found[part][key] = dict(offers)
    return found


def _life_cycle(told: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [key for key in told if key not in LIFE_CYCLE]
    if unknown:
        raise InvalidValue(_("没有这个设置"), pointer=f"/life_cycle/{unknown[0]}")
    return settings_check(told, root="/life_cycle")


_CHECKS = {
    "goal": _goal,
    "ladder": _ladder,
    "benefits": _benefits,
    "life_cycle": _life_cycle,
}


# -- into force --------------------------------------------------------------------------------------


@transaction.atomic
def programme_submit(*, public_id: str, reason: str = "") -> Approval:
    """Ask a second person to bring the draft into force; ProgrammeIncomplete with a part missing."""
    draft = programme_get(public_id, lock=True)
    if draft.state != ProgrammeState.DRAFT:
        raise InvalidTransition(_("这个版本已经生效过"), current=str(draft.state))
    _complete(draft)
    return approval_request(
        APPROVAL,
        subject=draft.public_id,
        params={"programme": draft.public_id, "digest": _digest(draft)},
        reason=reason,
    )


def _complete(draft: Programme) -> None:
    missing = missing_parts(draft)
    if missing:
        raise ProgrammeIncomplete(
            _("四步还没有填完：%(why)s") % {"why": "；".join(each.why for each in missing)},
            parts=[each.part for each in missing],
        )


def _digest(draft: Programme) -> str:
    return digest({part: getattr(draft, part) for part in PARTS})


def programme_approved(params: dict[str, Any]) -> Programme:
    """The second person agreed to this very draft: it holds from now on. Runs in their transaction."""
    _serialise()
    draft = programme_get(params["programme"], lock=True)
    if draft.state != ProgrammeState.DRAFT or _digest(draft) != params["digest"]:
        raise ApprovalOutdated(_("方案在提交后改变了"))
    _complete(draft)
    rungs = rungs_of(draft.ladder)
    tenant_change_apply(
        tenant_id=require_tenant_id(),
        change=Change(values=draft.life_cycle, note=_("会员方案第 %(n)s 版") % {"n": draft.number}),
    )
    codes = [rung.code for rung in rungs]
    for place, wanted in offers_of(draft.benefits, codes).items():
        offers_put(place, wanted)
    # Last: whoever the rungs lift finds the gifts that are offered from now on.
    ladder_put(rungs)
    now = clock.now()
    Programme.objects.filter(state=ProgrammeState.ACTIVE).update(
        state=ProgrammeState.PAST, ended_at=now
    )
    draft.state, draft.activated_at = ProgrammeState.ACTIVE, now
    draft.approver = current_actor().label[:80]
    draft.save()
    _told("programmes.activated", draft)
    return draft
