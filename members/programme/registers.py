"""A second person agrees before a programme holds."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from members.programme.rules import rungs_of
from members.programme.selectors import APPROVAL, programme_get, programme_preview
from members.programme.services import programme_approved
from members.tiers.selectors import ladder_get
from scrm.approvals.kinds import Change, approval_kind_register
from scrm.console.writing import thousands


def _describe(params: dict[str, Any]) -> list[Change]:
    programme = programme_get(params["programme"])
    found = programme_preview(programme)
    return [
        Change(label=_("目标"), before="", after=str(programme.goal.get("text", ""))),
        Change(
            label=_("等级门槛"),
            before=_thresholds(ladder_get()),
            after=_thresholds(rungs_of(programme.ladder)),
        ),
        Change(label=_("权益改动"), before="", after=thousands(len(found.offers))),
        Change(label=_("立即变动的会员"), before="", after=thousands(found.members.total)),
    ]


def _thresholds(rungs: Any) -> str:
    return " · ".join(f"{rung.name} {thousands(rung.threshold)}" for rung in rungs)


approval_kind_register(
    APPROVAL,
    label=_("会员方案生效"),
    permission="programme.approve",
    apply=programme_approved,
    describe=_describe,
    page="programme-detail",
    argument="programme_id",
)
