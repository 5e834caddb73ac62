"""How far a push is: one index-only count while it runs, the stored tally afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from communities.outreach.models import Push, PushBatch, PushRecipient
from communities.outreach.rules import (
    REMINDER_WINDOW,
    REMINDERS,
    BatchState,
    RecipientState,
)
from scrm.core import clock
from scrm.wecom.models import Staff


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Recipients by state, and those who did not get it by reason."""

    states: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def sent(self) -> int:
        return self.states.get(RecipientState.SENT, 0)

    @property
    def failed(self) -> int:
        return self.states.get(RecipientState.FAILED, 0)

    @property
    def suppressed(self) -> int:
        return self.states.get(RecipientState.SUPPRESSED, 0)

    @property
    def submitted(self) -> int:
        return self.states.get(RecipientState.SUBMITTED, 0)

    @property
    def unknown(self) -> int:
        return self.states.get(RecipientState.UNKNOWN, 0)

    @property
    def queued(self) -> int:
        return self.states.get(RecipientState.QUEUED, 0)

    @property
    def final(self) -> int:
        return self.sent + self.failed + self.suppressed

    @property
    def handed_over(self) -> int:
        """Recipients whose message was given to WeCom, whatever became of it."""
        return self.submitted + self.sent + self.failed

    def as_json(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "queued": self.queued,
            "suppressed": self.suppressed,
            "submitted": self.submitted,
            "unknown": self.unknown,
            "sent": self.sent,
            "failed": self.failed,
            "reasons": dict(sorted(self.reasons.items())),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tally:
        return cls(
            states={state: int(data.get(state, 0)) for state in RecipientState if data.get(state)},
            reasons=dict(data.get("reasons", {})),
        )


def push_tally(push_id: int) -> Tally:
    """The live count of one push."""
    return pushes_tally([push_id]).get(push_id, Tally())


def pushes_tally(push_ids: Iterable[int]) -> dict[int, Tally]:
    """Live counts of several pushes in one query."""
    rows = (
        PushRecipient.objects.filter(push_id__in=list(push_ids))
        .values_list("push_id", "state", "reason")
        .annotate(n=Count("id"))
        .order_by()
    )
    states: dict[int, dict[str, int]] = {}
    reasons: dict[int, dict[str, int]] = {}
    for push_id, state, reason, count in rows:
        of_push = states.setdefault(push_id, {})
        of_push[state] = of_push.get(state, 0) + count
        if reason:
            why = reasons.setdefault(push_id, {})
            why[reason] = why.get(reason, 0) + count
    return {
        push_id: Tally(states=of_push, reasons=reasons.get(push_id, {}))
        for push_id, of_push in states.items()
    }


def tally_of(push: Push) -> Tally:
    """The stored tally of a finished push, else the live count."""
    return Tally.from_json(push.tally) if push.tally is not None else push_tally(push.pk)


def tallies_of(pushes: Iterable[Push]) -> dict[int, Tally]:
    """For a page of a list: stored ones as they are, the running ones in one query."""
    rows = list(pushes)
    live = pushes_tally(push.pk for push in rows if push.tally is None)
    return {
        push.pk: Tally.from_json(push.tally)
        if push.tally is not None
        else live.get(push.pk, Tally())
        for push in rows
    }


@dataclass(frozen=True, kw_only=True)
class StaffLine:
    """One sender's part of a push."""

    userid: str
    name: str
    customers: int
    tasks: int
    confirmed: int
    sent: int
    failed: int
    open: int
    reminders_left: int
    reminded_at: datetime | None

    @property
    def may_remind(self) -> bool:
        return self.open > 0 and self.reminders_left > 0


def push_staff(push: Push) -> list[StaffLine]:
    """Per member of staff: tasks, confirmations and outcomes, the slowest first."""
    batches = (
        PushBatch.objects.filter(push=push)
        .values("sender")
        .annotate(
            tasks=Count("id", filter=Q(state=BatchState.SENT)),
            confirmed=Count("id", filter=Q(confirmed_at__isnull=False)),
            open=Count(
                "id", filter=Q(state=BatchState.SENT, settled_at=None, cancel_wanted_at=None)
            ),
        )
        .order_by("sender")
    )
    people: dict[str, dict[str, int]] = {
        row["sender"]: {name: row[name] for name in ("customers", "sent", "failed")}
        for row in PushRecipient.objects.filter(push=push, batch__isnull=False)
        .values("sender")
        .annotate(
            customers=Count("id"),
            sent=Count("id", filter=Q(state=RecipientState.SENT)),
            failed=Count("id", filter=Q(state=RecipientState.FAILED)),
        )
        .order_by()
    }
    reminders = _reminders(push)
    names = dict(
        Staff.objects.filter(corp_id=push.corp_id, userid__in=list(people)).values_list(
            "userid", "name"
        )
    )
    lines = [
        StaffLine(
            userid=row["sender"],
            name=names.get(row["sender"]) or row["sender"],
            customers=people.get(row["sender"], {}).get("customers", 0),
            tasks=row["tasks"],
            confirmed=row["confirmed"],
            sent=people.get(row["sender"], {}).get("sent", 0),
            failed=people.get(row["sender"], {}).get("failed", 0),
            open=row["open"],
            reminders_left=reminders.get(row["sender"], (REMINDERS, None))[0],
            reminded_at=reminders.get(row["sender"], (REMINDERS, None))[1],
        )
        for row in batches
    ]
    return sorted(lines, key=lambda line: (-line.open, line.userid))


def _reminders(push: Push) -> dict[str, tuple[int, datetime | None]]:
    """Reminders left today per sender (the least of their tasks), and when the window began."""
    now = clock.now()
    found: dict[str, tuple[int, datetime | None]] = {}
    rows = (
        PushBatch.objects.filter(push=push, state=BatchState.SENT, settled_at=None)
        .values_list("sender", "remind_count", "remind_window_at", "remind_wanted_at")
        .distinct()
    )
    for sender, count, window_at, wanted_at in rows:
        in_window = window_at is not None and now - window_at < REMINDER_WINDOW
        used = (count if in_window else 0) + (wanted_at is not None)
        left, since = found.get(sender, (REMINDERS, None))
        found[sender] = (min(left, max(REMINDERS - used, 0)), window_at or since)
    return found


def batches_waiting() -> int:
    """Calls not made yet, for the navigation's badge and the alarm."""
    total: int | None = PushBatch.objects.filter(state=BatchState.UNKNOWN).aggregate(n=Sum("size"))[
        "n"
    ]
    return total or 0
