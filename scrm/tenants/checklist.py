"""The cold start of a new brand (PL-03): four items, each computed from data, never ticked by hand.

An item is done when every rule of it holds. Rules are brought by the rooms that know the data; one that
nobody brings belongs to a module that is still to come, and the item says so instead of pretending.

    rule_register(Rule(key="earn_rules", count=earn_rules_active, page="settings", query="group=points"))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from scrm.tenants.flags import owner_on

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise


class Step(StrEnum):
    """How far an item or a rule is."""

    DONE = "done"
    OPEN = "open"
    LATER = "later"


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a rule wants: at least so many of something."""

    key: str
    label: Words
    least: int = 1


@dataclass(frozen=True, kw_only=True)
class Item:
    """One of the four parts of a cold start."""

    key: str
    label: Words
    needs: tuple[Need, ...]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Who counts; ``page`` is where one goes to get further."""

    key: str
    count: Callable[[], int]
    page: str = ""
    query: str = ""
    permission: str = ""


@dataclass(frozen=True, kw_only=True)
class NeedState:
    """A need with what is there of it; no count where the module is still to come."""

    need: Need
    step: Step
    count: int | None
    rule: Rule | None


@dataclass(frozen=True, kw_only=True)
class ItemState:
    """An item with its needs."""

    item: Item
    step: Step
    needs: Sequence[NeedState]


ITEMS: tuple[Item, ...] = (
    Item(
        key="old_users",
        label=_("老用户运维与挑选分层"),
        needs=(Need(key="selection_rounds", label=_("至少完成 1 轮遴选")),),
    ),
    Item(
        key="members",
        label=_("会员与积分等级系统"),
        needs=(
            Need(key="tiers", label=_("至少 2 个等级"), least=2),
            Need(key="earn_rules", label=_("至少 1 条积分规则生效")),
        ),
    ),
    Item(
        key="community",
        label=_("社区冷启动"),
        needs=(
            Need(key="posts", label=_("至少 30 篇已发布内容"), least=30),
            Need(key="post_categories", label=_("三大类内容都有"), least=3),
        ),
    ),
    Item(
        key="activities",
        label=_("常规活动运营"),
        needs=(Need(key="recurring_activities", label=_("至少 1 个周期性活动")),),
    ),
)
_NEEDS = frozenset(need.key for item in ITEMS for need in item.needs)
_rules: dict[str, Rule] = {}


def rule_register(rule: Rule) -> None:
    """Say how much of a need is there."""
    if rule.key not in _NEEDS or rule.key in _rules:
        message = f"checklist rule {rule.key} is unknown or registered twice"
        raise ValueError(message)
    _rules[rule.key] = rule


def checklist(rules: Mapping[str, Rule] | None = None) -> list[ItemState]:
    """The four items as they stand for the active tenant."""
    known = _rules if rules is None else rules
    return [_item_state(item, known) for item in ITEMS]


def _item_state(item: Item, rules: Mapping[str, Rule]) -> ItemState:
    needs = [_need_state(need, rules.get(need.key)) for need in item.needs]
    steps = {state.step for state in needs}
    step = Step.LATER if Step.LATER in steps else Step.OPEN if Step.OPEN in steps else Step.DONE
    return ItemState(item=item, step=step, needs=needs)


def _need_state(need: Need, rule: Rule | None) -> NeedState:
    if rule is None or not owner_on(rule.count):
        return NeedState(need=need, step=Step.LATER, count=None, rule=None)
    count = rule.count()
    step = Step.DONE if count >= need.least else Step.OPEN
    return NeedState(need=need, step=step, count=count, rule=rule)
