"""Core actions, the way between pools, and what makes a true fan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from members.activity.names import NAMES
from members.lifecycle.models import Pool
from scrm.core.errors import InvalidValue
from scrm.core.money import fen_from_yuan, yuan_text

ORDER_PAID = "order.paid"
WECOM_ADDED = "wecom.added"
OTHERS = (ORDER_PAID, WECOM_ADDED)
MOST_TIMES = 99
MOST_ACTIONS = 12
# Where an operator may put somebody: true fans are found by the rule alone.
BY_HAND = (Pool.PUBLIC, Pool.TERRITORY, Pool.CORE)
LONGEST_REASON = 200
_ACTION = re.compile(
    r"(?P<event>[a-z][a-z0-9_.]{1,39})(?:\*(?P<times>\d{1,2}))?(?:>=(?P<yuan>[0-9.]{1,12}))?"
)


@dataclass(frozen=True, kw_only=True)
class CoreAction:
    """Whoever did this so many times, each at least so much worth, belongs to the territory pool (M-17)."""

    event: str
    times: int = 1
    least_fen: int = 0

    @property
    def text(self) -> str:
        times = f"*{self.times}" if self.times > 1 else ""
        return f"{self.event}{times}{f'>={yuan_text(self.least_fen)}' if self.least_fen else ''}"


def actions_read(text: str) -> list[CoreAction]:
    """The actions of a setting: `order.paid>=100.00; ugc_published*3`. InvalidValue if it says nothing clear."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if len(parts) > MOST_ACTIONS:
        raise InvalidValue("too many core actions", pointer="/actions")
    found: dict[str, CoreAction] = {}
    for part in parts:
        action = _read(part)
        if action.event in found:
            raise InvalidValue("a core action is named twice", pointer="/actions")
        found[action.event] = action
    return list(found.values())


def _read(part: str) -> CoreAction:
    hit = _ACTION.fullmatch(part)
    if hit is None or (hit["event"] not in NAMES and hit["event"] not in OTHERS):
        raise InvalidValue("unknown core action", pointer="/actions", action=part[:60])
    try:
        least = fen_from_yuan(hit["yuan"]) if hit["yuan"] else 0
    except ValueError as error:
        raise InvalidValue("not an amount", pointer="/actions", action=part[:60]) from error
    times = int(hit["times"] or 1)
    if not 1 <= times <= MOST_TIMES or (least and hit["event"] != ORDER_PAID):
        raise InvalidValue("this core action cannot be", pointer="/actions", action=part[:60])
    return CoreAction(event=hit["event"], times=times, least_fen=least)


def actions_fit(value: object) -> bool:
    """Whether a text says core actions."""
    if not isinstance(value, str):
        return False
    try:
        actions_read(value)
    except InvalidValue:
        return False
    return True


def actions_text(actions: Sequence[CoreAction]) -> str:
    """The setting that says these actions."""
    return "; ".join(action.text for action in actions)


def is_back(before: str, after: str) -> bool:
    """Whether a move leads away from the core."""
    order = list(Pool.values)
    return order.index(after) < order.index(before)
