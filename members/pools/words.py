"""Core actions and causes as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from members.activity.names import NAMES, activity_label
from members.pools.rules import ORDER_PAID, OTHERS, WECOM_ADDED, CoreAction, actions_read
from scrm.console.writing import yuan


def event_label(event: str) -> str:
    """What an event of core actions is called."""
    if event == ORDER_PAID:
        return _("支付订单")
    if event == WECOM_ADDED:
        return _("添加企业微信")
    return activity_label(event)


def event_choices() -> list[tuple[str, str]]:
    """Everything that may be a core action."""
    return [(event, event_label(event)) for event in (*OTHERS, *NAMES)]


def action_words(action: CoreAction) -> str:
    """One core action: `支付订单 满 ¥100.00`."""
    words = event_label(action.event)
    if action.least_fen:
        words = _("%(event)s 满 %(amount)s") % {"event": words, "amount": yuan(action.least_fen)}
    if action.times > 1:
        words = _("%(event)s %(times)s 次") % {"event": words, "times": action.times}
    return words


def actions_words(actions: Sequence[CoreAction]) -> str:
    """All of them; any one is enough."""
    return _("、").join(action_words(action) for action in actions)


def setting_words(value: str) -> str:
    """The setting in words."""
    return actions_words(actions_read(value)) or _("不设")
