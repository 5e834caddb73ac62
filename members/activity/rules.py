"""What an activity fact may say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from members.identity.rules import Claim, claim_normal
from members.orders.errors import FromTheFuture
from scrm.core.errors import InvalidValue

AHEAD = timedelta(minutes=10)
MOST_SECONDS = 86_400
MOST_PROPS = 2_000
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_LONGEST_ID = 80
_LONGEST_CHANNEL = 40


@dataclass(frozen=True, kw_only=True)
class ActivityFact:
    """Somebody did something, by the id its sender gave it. ``seconds`` is how long a visit took."""

    event_id: str
    name: str
    claims: tuple[Claim, ...]
    occurred_at: datetime
    channel: str = ""
    seconds: int = 0
    props: Mapping[str, Any] = field(default_factory=dict)


def fact_check(fact: ActivityFact, *, now: datetime) -> None:
    """InvalidValue or FromTheFuture for what can never be taken, before anything is read."""
    if not 0 < len(fact.event_id.strip()) <= _LONGEST_ID or "\x00" in fact.event_id:
        raise InvalidValue("an event has an id of 1 to 80 characters", pointer="/event_id")
    if not _NAME.fullmatch(fact.name):
        raise InvalidValue("a name is a word of small letters, digits and _", pointer="/name")
    if not fact.claims:
        raise InvalidValue("say whose activity this is", pointer="/identities")
    for place, claim in enumerate(fact.claims):
        try:
            claim_normal(claim)
        except InvalidValue as error:
            pointer = f"/identities/{place}{error.pointer or ''}"
            raise InvalidValue(str(error), pointer=pointer) from error
    if fact.occurred_at > now + AHEAD:
        raise FromTheFuture(
            "this moment is more than ten minutes ahead of us", pointer="/occurred_at"
        )
    if len(fact.channel) > _LONGEST_CHANNEL:
        raise InvalidValue("a channel has at most 40 characters", pointer="/channel")
    if not 0 <= fact.seconds <= MOST_SECONDS:
        raise InvalidValue("a visit takes between 0 and 86400 seconds", pointer="/seconds")
    text = json.dumps(fact.props, ensure_ascii=False)
    if len(text) > MOST_PROPS or "\\u0000" in text:
        raise InvalidValue("props are too large", pointer="/props")
