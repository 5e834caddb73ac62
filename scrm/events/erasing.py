"""A person leaves the facts, the jobs, the notices and the audit log."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.core.persons import Person, eraser_register, kept_register, value_without, words_in
from scrm.core.sealed import marked_in
from scrm.core.secrets import secret_open
from scrm.events.models import AuditLog, EventHeard, Job, JobRun, Notice, NoticeRead, OutboxEvent
from scrm.tenants.wording import label_of, one_after_another, rows_holding, texts_out


def _facts(person: Person, limit: int) -> int:
    """What WeCom told of them leaves the outbox; what nobody has heard yet, nobody will hear."""
    pattern, done = words_in(person.words), 0
    for key in rows_holding(OutboxEvent, ["payload", "subject", "error"], person.words):
        row = OutboxEvent.objects.get(pk=key)
        payload = _unsealed_without(value_without(row.payload, pattern), pattern)
        subject, error = value_without(row.subject, pattern), value_without(row.error, pattern)
        if (payload, subject, error) == (row.payload, row.subject, row.error):
            continue
        row.payload, row.subject, row.error = payload, subject, error
        row.dispatched_at = row.dispatched_at or clock.now()
        row.save(update_fields=["payload", "subject", "error", "dispatched_at"])
        done += 1
        if done >= limit:
            break
    return done


def _unsealed_without(value: Any, pattern: re.Pattern[str]) -> Any:
    """The value without sealed texts that say the person's words once they are opened."""
    if isinstance(value, dict):
        return {key: _unsealed_without(inner, pattern) for key, inner in value.items()}
    if isinstance(value, list):
        return [_unsealed_without(inner, pattern) for inner in value]
    is_theirs = isinstance(value, str) and any(
        pattern.search(secret_open(sealed)) for sealed in marked_in(value)
    )
    return "" if is_theirs else value


def _log(person: Person, limit: int) -> int:
    """The log is append-only; its one door blackens words and nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_words_out(%s, %s)", [list(person.words), limit])
        return int(cursor.fetchone()[0])


eraser_register(
    "outbox", order=5, label=_("待处理与已处理的事件"), erase=_facts, tables=[label_of(OutboxEvent)]
)
eraser_register(
    "events",
    order=910,
    label=_("任务、通知与审计记录"),
    erase=one_after_another(
        texts_out(Job, "params", "cursor", "result", "error", "label"),
        texts_out(JobRun, "counts", "error"),
        texts_out(Notice, "title", "text", "values", "arguments", "once"),
        _log,
    ),
    tables=[label_of(Job), label_of(JobRun), label_of(Notice), label_of(AuditLog)],
)
kept_register(
    label_of(EventHeard), label_of(NoticeRead), why="keys of facts and of the brand's own people"
)
