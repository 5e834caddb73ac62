"""What a push may do: states (D2), caps and quiet hours (N-37), batches, and how it is recognised."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from scrm.core.clock import zone_info
from scrm.core.errors import InvalidTransition, InvalidValue

T = TypeVar("T")


class PushState(StrEnum):
    """D2, Push."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SUBMITTING = "submitting"
    AWAITING_STAFF = "awaiting_staff"
    SENDING = "sending"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


class RecipientState(StrEnum):
    """D2, Recipient; `unknown` is a submission whose answer was lost and is being looked up."""

    QUEUED = "queued"
    SUPPRESSED = "suppressed"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"


class BatchState(StrEnum):
    """Design R: one call to WeCom. `cancelled` never left because the push was stopped."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why somebody did not get it. The first seven are suppressions of N-37."""

    FREQUENCY_CAP = "frequency_cap"
    QUIET_DEFERRED = "quiet_deferred"
    OPT_OUT = "opt_out"
    NO_FRIEND = "no_friend"
    DUPLICATE = "duplicate"
    NOT_IN_SEGMENT = "not_in_segment"
    PLATFORM_CAP = "platform_cap"
    STOPPED = "stopped"
    UNCONFIRMED = "unconfirmed"
    ERROR = "error"
    POISON = "poison"


class Purpose(StrEnum):
    """Marketing obeys caps and quiet hours; service messages obey WeCom's cap only."""

    MARKETING = "marketing"
    SERVICE = "service"


MOVES: Mapping[PushState, frozenset[PushState]] = {
    PushState.DRAFT: frozenset({PushState.SCHEDULED}),
    PushState.SCHEDULED: frozenset({PushState.SUBMITTING, PushState.CANCELLED}),
    PushState.SUBMITTING: frozenset({PushState.AWAITING_STAFF, PushState.FAILED}),
    PushState.AWAITING_STAFF: frozenset({PushState.SENDING, PushState.EXPIRED}),
    PushState.SENDING: frozenset({PushState.DONE}),
}
FINAL_STATES = frozenset({PushState.DONE, PushState.CANCELLED, PushState.EXPIRED, PushState.FAILED})
LIVE_STATES = frozenset({PushState.SUBMITTING, PushState.AWAITING_STAFF, PushState.SENDING})
# A recipient in one of these has used up a place under the caps.
COUNTED_STATES = (RecipientState.SUBMITTED, RecipientState.UNKNOWN, RecipientState.SENT)
OPEN_RECIPIENTS = (RecipientState.QUEUED, RecipientState.SUBMITTED, RecipientState.UNKNOWN)

TEXT_BYTES = 4000
ATTACHMENTS = 9
NICKNAME = "{昵称}"
_VARIABLE = re.compile(r"\{([^{}]{1,20})\}")
VARIABLES = frozenset({"昵称"})
REMINDERS, REMINDER_WINDOW = 3, timedelta(hours=24)
# WeCom counts days, weeks and months in China whatever the tenant's zone is.
PLATFORM_ZONE = "Asia/Shanghai"


def push_move(current: str, target: PushState) -> PushState:
    """The target if D2 knows the move; InvalidTransition otherwise."""
    if target not in MOVES.get(PushState(current), frozenset()):
        raise InvalidTransition(f"push: {current} → {target}", current=current, target=str(target))
    return target


# -- text ------------------------------------------------------------------------------------------


def is_personal(text: str) -> bool:
    """Whether each recipient gets their own words, so that a call carries one person."""
    return any(name in VARIABLES for name in _VARIABLE.findall(text))


def text_for(text: str, *, nickname: str) -> str:
    """The words one person reads."""
    return text.replace(NICKNAME, nickname)


def text_check(text: str) -> str:
    """The text if WeCom takes it: at most 4,000 bytes of UTF-8 and known variables only."""
    if len(text.encode()) > TEXT_BYTES:
        raise InvalidValue("text is over 4000 bytes", pointer="/text")
    unknown = [name for name in _VARIABLE.findall(text) if name not in VARIABLES]
    if unknown:
        raise InvalidValue(f"unknown variable {{{unknown[0]}}}", pointer="/text")
    return text


# -- caps (N-37) -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Caps:
    """How many a member may get; `per_day` and `per_week` 0 mean none at all."""

    per_day: int
    per_week: int
    platform: str = "monthly"


@dataclass(frozen=True, kw_only=True)
class Used:
    """Places already taken by a member on the day, in its ISO week, and in WeCom's own period."""

    day: int = 0
    week: int = 0
    platform: int = 0


def iso_week_start(day: date) -> date:
    """Monday of the day's ISO week."""
    return day - timedelta(days=day.weekday())


def platform_window(day: date, rule: str) -> tuple[date, int]:
    """First day of WeCom's running period and how many messages a customer may get in it."""
    if rule == "daily":
        return day, 1
    if rule == "weekly":
        return iso_week_start(day), 7
    return day.replace(day=1), calendar.monthrange(day.year, day.month)[1]


def cap_reason(used: Used, caps: Caps, *, purpose: str, platform_limit: int) -> Reason | None:
    """Why one more message to this member is refused, or None."""
    if used.platform >= platform_limit:
        return Reason.PLATFORM_CAP
    if purpose == Purpose.MARKETING and (used.day >= caps.per_day or used.week >= caps.per_week):
        return Reason.FREQUENCY_CAP
    return None


# -- quiet hours -----------------------------------------------------------------------------------

_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)[-–]([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """From `start` (included) to `end` (excluded), wall time; they may cross midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> QuietHours | None:
        """`22:00-08:00`; None when empty or of no length. InvalidValue on anything else."""
        if not text.strip():
            return None
        found = _QUIET.fullmatch(text.strip())
        if found is None:
            raise InvalidValue("quiet hours look like 22:00-08:00")
        a, b, c, d = (int(part) for part in found.groups())
        start, end = time(a, b), time(c, d)
        return None if start == end else cls(start=start, end=end)

    def holds(self, at: time) -> bool:
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def quiet_until(at: datetime, zone: str, quiet: QuietHours | None) -> datetime | None:
    """When marketing may go on, as UTC, if `at` falls into quiet hours of the zone; else None.

    On a day of clock change the end is the first instant at or after the wall time that exists.
    """
    if quiet is None:
        return None
    local = at.astimezone(zone_info(zone))
    if not quiet.holds(local.time()):
        return None
    day = local.date()
    if local.time() >= quiet.end:
        day += timedelta(days=1)
    end = datetime.combine(day, quiet.end, tzinfo=zone_info(zone)).astimezone(at.tzinfo)
    return end if end > at else end + timedelta(hours=1)


# -- batches ---------------------------------------------------------------------------------------


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Consecutive parts of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def poll_interval(age: timedelta) -> timedelta:
    """How long to wait before asking again what became of a broadcast of this age."""
    seconds = min(max(age.total_seconds() / 4, 5.0), 300.0)
    return timedelta(seconds=seconds)


def back_off(attempt: int, *, retry_after: float | None) -> timedelta:
    """How long a definite refusal waits: what WeCom said, else 2, 4, 8 … 300 seconds."""
    if retry_after is not None:
        return timedelta(seconds=max(retry_after, 1.0))
    return timedelta(seconds=min(2.0 ** max(attempt, 1), 300.0))


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A broadcast as WeCom lists it, with the recipients of one sender."""

    msgid: str
    text: str
    created_at: datetime


def listed_candidates(
    listed: Iterable[Listed], *, text: str, since: datetime, known: frozenset[str]
) -> list[Listed]:
    """Broadcasts that could be a lost one: same words, not earlier, not already somebody else's."""
    return [
        one
        for one in listed
        if one.msgid not in known and one.created_at >= since and one.text == text
    ]


def is_same_broadcast(found: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether the recipients WeCom names are ours: WeCom may have left out some it refused."""
    names = set(found)
    return bool(names) and names <= set(wanted)


# -- times -----------------------------------------------------------------------------------------


def sending_times_faults(
    *, http_timeout: tuple[float, float], lease_seconds: float, grace_seconds: float
) -> list[str]:
    """Why these times could send twice: the lease must outlive three calls, the grace two."""
    call = sum(http_timeout)
    faults = []
    if not call < lease_seconds / 3:
        faults.append(
            f"WECOM_HTTP_TIMEOUT ({call} s in all) must be under a third of "
            f"PUSH_LEASE_SECONDS ({lease_seconds} s)"
        )
    if not grace_seconds > 2 * call:
        faults.append(
            f"PUSH_GRACE_SECONDS ({grace_seconds} s) must be over twice "
            f"WECOM_HTTP_TIMEOUT ({call} s in all)"
        )
    return faults
