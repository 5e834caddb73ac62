"""Look up where members stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet, Sum

from members.lifecycle.models import NEVER, MemberPulse, Pool, PulseDay, Stage, StageMove
from members.lifecycle.rules import BEST
from scrm.console.elements import Badge, Tone

STAGE_TONES: Mapping[str, Tone] = {
    Stage.CHURNED: "bad",
    Stage.DORMANT: "warn",
    Stage.ADVOCATE: "gold",
    Stage.LOYAL: "good",
    Stage.MATURE: "good",
    Stage.GROWING: "info",
    Stage.NEW: "info",
    Stage.LEAD: "muted",
}
POOL_TONES: Mapping[str, Tone] = {
    Pool.PUBLIC: "muted",
    Pool.TERRITORY: "info",
    Pool.CORE: "good",
    Pool.TRUE_FAN: "gold",
}


def pulse_of(member_id: int) -> MemberPulse | None:
    """Everything the night knows of one member; None before the first night."""
    return MemberPulse.objects.filter(member_id=member_id).first()


def pulses_of(member_ids: Collection[int]) -> dict[int, MemberPulse]:
    """The same for many."""
    rows = MemberPulse.objects.filter(member_id__in=list(member_ids))
    return {row.member_id: row for row in rows}


def stage_names(member_ids: Collection[int]) -> dict[int, str]:
    """Stages in words, for lists."""
    return {
        key: str(Stage(row.stage).label)
        for key, row in pulses_of(member_ids).items()
        if row.stage_since is not None
    }


def pool_names(member_ids: Collection[int]) -> dict[int, str]:
    """Pools in words, for lists."""
    return {key: str(Pool(row.pool).label) for key, row in pulses_of(member_ids).items()}


def score_points(member_ids: Collection[int]) -> dict[int, str]:
    """Contribution with its decimals, for lists."""
    return {key: score_text(row.score) for key, row in pulses_of(member_ids).items()}


def score_text(hundredths: int) -> str:
    """A score as people read it: 4325 → 43.25."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def stage_badge(stage: str) -> Badge:
    """A stage as a tag."""
    return Badge(Stage(stage).label, STAGE_TONES[stage])


def pool_badge(pool: str) -> Badge:
    """A pool as a tag."""
    return Badge(Pool(pool).label, POOL_TONES[pool])


def pulse_day() -> date | None:
    """The local day the figures hold for; None before the first night."""
    row = PulseDay.objects.first()
    return row.as_of if row is not None and row.as_of != NEVER else None


def stage_moves_of(member_id: int) -> QuerySet[StageMove]:
    """The member's way through the stages, in no order."""
    return StageMove.objects.filter(member_id=member_id)


@dataclass(frozen=True, kw_only=True)
class StageShare:
    """A stage with its members and what they brought in 365 days."""

    stage: str
    members: int
    net_fen: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All stages and pools in one look, and the share of the best stages (M-27)."""

    stages: tuple[StageShare, ...]
    pools: Mapping[str, int]

    @property
    def members(self) -> int:
        return sum(self.pools.values())

    @property
    def net_fen(self) -> int:
        return sum(each.net_fen for each in self.stages)

    @property
    def best_fen(self) -> int:
        return sum(each.net_fen for each in self.stages if each.stage in BEST)

    @property
    def best_members(self) -> int:
        return sum(each.members for each in self.stages if each.stage in BEST)


def standing() -> Standing:
    """Members of every stage and pool, with revenue. Merged and erased members have no row."""
    rows = list(
        MemberPulse.objects.values_list("stage", "pool")
        .annotate(n=Count("id"), net=Sum("net_365_fen"))
        .order_by()
    )
    stages = tuple(
        StageShare(
            stage=stage,
            members=sum(row[2] for row in rows if row[0] == stage),
            net_fen=sum(row[3] for row in rows if row[0] == stage),
        )
        for stage in Stage.values
    )
    pools = {pool: sum(row[2] for row in rows if row[1] == pool) for pool in Pool.values}
    return Standing(stages=stages, pools=pools)
