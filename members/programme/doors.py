"""Programmes as the API says them and hears them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from members.programme.models import Programme, ProgrammeState
from members.programme.rules import LIFE_CYCLE, PLACES
from members.programme.selectors import (
    APPROVAL,
    missing_parts,
    programme_get,
    programme_preview,
)
from members.programme.services import programme_save, programme_start, programme_submit
from members.tiers.selectors import LadderPreview
from scrm.approvals.selectors import approval_waiting

_HEAD = ("public_id", "number", "state", "author", "approver", "activated_at", "ended_at")


def programme_shown(programme: Programme) -> dict[str, Any]:
    """A version with its parts."""
    is_draft = programme.state == ProgrammeState.DRAFT
    life_cycle = programme.life_cycle
    return {
        **{name: getattr(programme, name) for name in _HEAD},
        "goal": programme.goal or None,
        "ladder": programme.ladder or None,
        "benefits": {
            part: [
                {
                    "key": key,
                    "benefits": [
                        {"benefit": code, "value": value} for code, value in sorted(offers.items())
                    ],
                }
                for key, offers in sorted(programme.benefits.get(part, {}).items())
                if offers
            ]
            for part in PLACES
        },
        "life_cycle": {name: life_cycle[key] for key, name in LIFE_CYCLE.items()}
        if all(key in life_cycle for key in LIFE_CYCLE)
        else None,
        "missing": [each.part for each in missing_parts(programme)] if is_draft else [],
        "is_waiting": is_draft and approval_waiting(APPROVAL, programme.public_id) is not None,
    }


def programme_read(public_id: str) -> dict[str, Any]:
    """One version."""
    return programme_shown(programme_get(public_id))


def programme_begin() -> tuple[dict[str, Any], bool]:
    """The draft, made if there is none."""
    draft, is_new = programme_start()
    return programme_shown(draft), is_new


def programme_write(public_id: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Write parts as they come over the wire."""
    parts: dict[str, Any] = dict(told)
    if "benefits" in parts:
        parts["benefits"] = {
            part: {
                row["key"]: {offer["benefit"]: offer["value"] for offer in row["benefits"]}
                for row in parts["benefits"].get(part, ())
            }
            for part in PLACES
        }
    if "life_cycle" in parts:
        parts["life_cycle"] = {key: parts["life_cycle"][name] for key, name in LIFE_CYCLE.items()}
    return programme_shown(programme_save(public_id=public_id, **parts))


def programme_try(public_id: str) -> dict[str, Any]:
    """What bringing it into force would do."""
    found = programme_preview(programme_get(public_id))
    members: LadderPreview = found.members
    return {
        "members": {"total": members.total, "moves": members.moves},
        "offers": found.offers,
        "settings": [key for key, _before, _after in found.settings],
    }


def programme_ask(public_id: str, *, reason: str = "") -> dict[str, str]:
    """Ask a second person."""
    return {"approval": programme_submit(public_id=public_id, reason=reason).public_id}
