"""Spending earns points unless the rate is nothing: one earn rule of the first-run checklist."""

from __future__ import annotations

from points.orders.rules import rate_parse
from scrm.tenants.checklist import Rule, rule_register
from scrm.tenants.settings import setting


def earn_rules_active() -> int:
    """How many rules give points: so far the one for spending."""
    return int(rate_parse(setting("points.rate_per_yuan")) > 0)


rule_register(
    Rule(
        key="earn_rules",
        count=earn_rules_active,
        page="settings",
        query="group=points",
        permission="tenant.view",
    )
)
