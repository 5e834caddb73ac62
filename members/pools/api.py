"""Pulses, pools and screenings by REST."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from members.lifecycle.models import StageMove
from members.pools import doors
from members.pools import serializers as shapes
from members.pools.models import PoolMove, Screening
from members.pools.rules import CoreAction
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.serializers import ListQuery
from scrm.api.views import ApiView

_SAMPLE = "mem_06f8z6xkq3vd2n0t5w9b7c1mhr"


class MemberPulseView(ApiView):
    """Where a member stands."""

    scope_read = "pools.view"
    tag = "pools"

    @operation(
        "member_pulse", "A member's stage, pool, contribution and activity.",
        answer=shapes.PulseOut, errors=("not_found",),
    )  # fmt: skip
    def get(self, public_id: str) -> doors.PulseShown:
        return doors.pulse_read(public_id)


class MemberStages(ApiView):
    """A member's way through the stages."""

    scope_read = "pools.view"
    tag = "pools"

    @operation(
        "member_stage_moves_list", "The member's moves from stage to stage, newest first.",
        query=ListQuery, answer=shapes.StageMoveOut, is_list=True, order=("-as_of", "-id"),
    )  # fmt: skip
    def get(self, public_id: str) -> QuerySet[StageMove]:
        return doors.stage_moves_read(public_id)


class MemberPools(ApiView):
    """A member's way through the pools."""

    scope_read = "pools.view"
    tag = "pools"

    @operation(
        "member_pool_moves_list", "The member's moves from pool to pool, newest first.",
        query=ListQuery, answer=shapes.PoolMoveOut, is_list=True, order=("-at", "-id"),
    )  # fmt: skip
    def get(self, public_id: str) -> QuerySet[PoolMove]:
        return doors.pool_moves_read(public_id)


class Pools(ApiView):
    """The brand's pools."""

    scope_read = "pools.view"
    tag = "pools"

    @operation(
        "pools",
        "Members per pool and stage, moves of 30 days, conversion, and the three purposes by month.",
        answer=shapes.PoolsOut,
    )
    def get(self) -> doors.PoolsShown:
        return doors.pools_read()


class PoolMoves(ApiView):
    """Moves between pools."""

    scope_read = "pools.view"
    scope_write = "pools.edit"
    tag = "pools"

    @operation(
        "pool_moves_list", "Moves between pools, newest first.",
        query=shapes.MoveQuery, answer=shapes.PoolMoveOut, is_list=True, order=("-at", "-id"),
    )  # fmt: skip
    def get(self) -> QuerySet[PoolMove]:
        return doors.moves_read(pool=self.query.get("pool", ""), cause=self.query.get("cause", ""))

    @operation(
        "pool_move", "Put up to 500 members into a pool by hand; true fans come by the rule alone.",
        body=shapes.MoveIn, answer=shapes.ChangedOut, errors=("not_found", "invalid_value", "pool_by_rule"),
        examples={"to the core": {"members": [_SAMPLE], "pool": "core", "reason": "群里的热心用户"}},
    )  # fmt: skip
    def post(self) -> doors.Changed:
        return doors.members_move(**self.body)


@dataclass(frozen=True)
class _Actions:
    actions: list[CoreAction]


class CoreActions(ApiView):
    """What brings a member into the territory."""

    scope_read = "pools.view"
    scope_write = "pools.edit"
    tag = "pools"

    @operation("core_actions", "The core actions in force.", answer=shapes.ActionsOut)
    def get(self) -> _Actions:
        return _Actions(doors.actions_now())

    @operation(
        "core_actions_save", "Bring core actions into force; any one of them is enough.",
        body=shapes.ActionsIn, answer=shapes.ActionsOut, errors=("invalid_value",),
        examples={"an order of 100 yuan": {"actions": [{"event": "order.paid", "least": 10_000}]}},
    )  # fmt: skip
    def put(self) -> _Actions:
        return _Actions(doors.actions_take(self.body["actions"]))


class Screenings(ApiView):
    """The queue of the first screening."""

    scope_read = "pools.view"
    scope_write = "pools.edit"
    tag = "pools"

    @operation(
        "screenings_list", "Screenings, newest first.",
        query=shapes.ScreeningQuery, answer=shapes.ScreeningOut, is_list=True,
        order=("-opened_at", "-id"),
    )  # fmt: skip
    def get(self) -> QuerySet[Screening]:
        return doors.screenings_read(
            verdict=self.query.get("verdict", ""), is_bypass=self.query.get("is_bypass")
        )

    @operation(
        "screenings_decide", "Give up to 500 screenings one verdict.",
        body=shapes.DecisionsIn, answer=shapes.ChangedOut, errors=("not_found", "invalid_value"),
        examples={"pass": {"screenings": ["scr_06f8z6xkq3vd2n0t5w9b7c1mhr"], "verdict": "pass"}},
    )  # fmt: skip
    def post(self) -> doors.Changed:
        return doors.screenings_settle(**self.body)


class ScreeningOne(ApiView):
    """One screening."""

    scope_write = "pools.edit"
    tag = "pools"

    @operation(
        "screening_decide", "Pass, hold or reject a newcomer.",
        body=shapes.DecisionIn, answer=shapes.ScreeningOut, errors=("not_found", "invalid_value"),
        examples={"hold": {"verdict": "hold", "note": "先观察一周"}},
    )  # fmt: skip
    def post(self, public_id: str) -> Screening:
        return doors.screening_settle(public_id, **self.body)


route_register("members/<str:public_id>/pulse", MemberPulseView, "member-pulse")
route_register("members/<str:public_id>/stage-moves", MemberStages, "member-stage-moves")
route_register("members/<str:public_id>/pool-moves", MemberPools, "member-pool-moves")
route_register("pools", Pools, "pools")
route_register("pool-moves", PoolMoves, "pool-moves")
route_register("core-actions", CoreActions, "core-actions")
route_register("screenings", Screenings, "screenings")
route_register("screenings/<str:public_id>/verdict", ScreeningOne, "screening-verdict")
