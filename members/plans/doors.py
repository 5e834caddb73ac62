"""What REST does with plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from members.benefits.models import Place
from members.benefits.selectors import offers_at
from members.plans.models import PaidPlan
from members.plans.selectors import plan_get
from members.plans.services import plan_create, plan_update


@dataclass(frozen=True, kw_only=True)
class OfferShown:
    """A benefit of the plan."""

    benefit: str
    value: int


class PlanShown:
    """A plan with its benefits."""

    def __init__(self, plan: PaidPlan) -> None:
        self.plan = plan
        offers = offers_at(Place.PLAN, plan.public_id)
        self.benefits = [
            OfferShown(benefit=code, value=value) for code, value in sorted(offers.items())
        ]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plan, name)


def plan_read(public_id: str) -> PlanShown:
    """The plan with what it brings."""
    return PlanShown(plan_get(public_id))


def plan_write(told: Mapping[str, Any], public_id: str = "") -> PlanShown:
    """Make a plan, or change one."""
    values: dict[str, Any] = dict(told)
    if "benefits" in values:
        values["benefits"] = {
            row.get("benefit", ""): row.get("value", 0) for row in values["benefits"]
        }
    plan = plan_update(public_id=public_id, **values) if public_id else plan_create(**values)
    return PlanShown(plan)
