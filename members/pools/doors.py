"""Pools, pulses and screenings as the API says them and hears them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from members.lifecycle.models import MemberPulse, StageMove
from members.lifecycle.selectors import StageShare, pulse_day, pulse_of, stage_moves_of, standing
from members.people.selectors import member_get, member_ids_of
from members.pools.models import PoolMove, Screening
from members.pools.rules import CoreAction, actions_fit, actions_read, actions_text
from members.pools.screening import screenings_decide
from members.pools.selectors import (
    Conversion,
    Flow,
    Purposes,
    conversions,
    flows,
    moves_listed,
    purposes,
    screening_counts,
    screening_get,
    screening_ids,
    screenings_listed,
)
from members.pools.services import pools_move
from scrm.core.errors import InvalidValue, NotFound
from scrm.tenants.context import current_tenant, require_tenant_id
from scrm.tenants.services import tenant_settings_update
from scrm.tenants.settings import setting


@dataclass(frozen=True, kw_only=True)
class PulseShown:
    """A member's pulse; the figures hold for `as_of`."""

    member_id: str
    as_of: date | None
    pulse: MemberPulse

    def __getattr__(self, name: str) -> object:
        return getattr(self.pulse, name)


@dataclass(frozen=True, kw_only=True)
class PoolsShown:
    """Pools and stages with everything that is counted of them."""

    as_of: date | None
    pools: Mapping[str, int]
    stages: Sequence[StageShare]
    best_share_bp: int
    flows: Sequence[Flow]
    conversions: Sequence[Conversion]
    purposes: Sequence[Purposes]
    screenings: Mapping[str, int]
    true_fan_target: int
    core_actions: Sequence[CoreAction]


_BP = 10_000


def pulse_read(public_id: str) -> PulseShown:
    """The member's pulse; NotFound before the first night saw them."""
    member = member_get(public_id)
    pulse = pulse_of(member.pk)
    if pulse is None:
        raise NotFound
    return PulseShown(member_id=member.public_id, as_of=pulse_day(), pulse=pulse)


def stage_moves_read(public_id: str) -> QuerySet[StageMove]:
    """The member's way through the stages."""
    return stage_moves_of(member_get(public_id).pk)


def pool_moves_read(public_id: str) -> QuerySet[PoolMove]:
    """The member's way through the pools."""
    return moves_listed().filter(member_id=member_get(public_id).pk)


def pools_read() -> PoolsShown:
    """Everything the pools page shows."""
    found, moved = standing(), flows()
    return PoolsShown(
        as_of=pulse_day(),
        pools=found.pools,
        stages=found.stages,
        best_share_bp=found.best_fen * _BP // found.net_fen if found.net_fen else 0,
        flows=moved,
        conversions=conversions(found, moved),
        purposes=purposes(),
        screenings=screening_counts(),
        true_fan_target=int(setting("true_fan.target")),
        core_actions=actions_now(),
    )


def actions_now() -> list[CoreAction]:
    """The core actions in force."""
    return actions_read(setting("pool.core_actions"))


def actions_write(actions: Sequence[CoreAction]) -> list[CoreAction]:
    """Bring core actions into force; what was done before counts from the next night on."""
    text = actions_text(actions)
    if not actions_fit(text):
        raise InvalidValue("these core actions cannot be", pointer="/actions")
    tenant_settings_update(tenant_id=require_tenant_id(), values={"pool.core_actions": text})
    return actions_read(str(current_tenant().settings.get("pool.core_actions", "")))


def actions_take(rows: Sequence[Mapping[str, Any]]) -> list[CoreAction]:
    """The same, as it comes over the wire."""
    actions = [
        CoreAction(event=row["event"], times=row.get("times", 1), least_fen=row.get("least_fen", 0))
        for row in rows
    ]
    for place, action in enumerate(actions):
        if not actions_fit(action.text):
            raise InvalidValue("unknown or impossible core action", pointer=f"/actions/{place}")
    return actions_write(actions)


@dataclass(frozen=True, kw_only=True)
class Changed:
    """How many an act changed."""

    count: int


def members_move(*, members: Sequence[str], pool: str, reason: str) -> Changed:
    """Put members into a pool; NotFound if one of them is unknown."""
    found = member_ids_of(members)
    if len(found) < len(set(members)):
        raise NotFound
    return Changed(count=pools_move(found, to=pool, reason=reason).count)


def screenings_read(*, verdict: str = "", is_bypass: bool | None = None) -> QuerySet[Screening]:
    """Screenings by verdict and by the way people came."""
    return screenings_listed(verdicts=[verdict] if verdict else [], is_bypass=is_bypass)


def screenings_settle(*, screenings: Sequence[str], verdict: str, note: str = "") -> Changed:
    """Decide screenings; NotFound if one of them is unknown."""
    found = screening_ids(screenings)
    if len(found) < len(set(screenings)):
        raise NotFound
    return Changed(count=screenings_decide(found, verdict=verdict, note=note).count)


def screening_settle(public_id: str, *, verdict: str, note: str = "") -> Screening:
    """Decide one screening."""
    screenings_decide([screening_get(public_id).pk], verdict=verdict, note=note)
    return screening_get(public_id)


def moves_read(*, pool: str = "", cause: str = "") -> QuerySet[PoolMove]:
    """Moves of the brand."""
    return moves_listed(pools=[pool] if pool else [], causes=[cause] if cause else [])
