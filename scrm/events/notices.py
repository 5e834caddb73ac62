"""Notices: what a person should hear without asking. The console's bell shows them.

A room declares its kinds once (`notice_kind_register`, in a furniture module) and calls `notify` inside
the transaction of the change. A notice goes to one person, to everybody who holds a permission, or,
with neither, to everybody who serves the brand. Words are kept in Chinese with their values apart, so
that each reader sees them in the language of the console.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext

from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.events.models import Notice, NoticeRead

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import Promise

# The bell counts what is young; older notices stay in the list until the night forgets them.
YOUNG = timedelta(days=30)
KEPT = timedelta(days=180)
COUNTED = 100


@dataclass(frozen=True, kw_only=True)
class NoticeKind:
    """What a kind is called, its icon, and how urgent it looks: info, good, warn or bad."""

    key: str
    label: str | Promise
    icon: str = "bell"
    tone: str = "info"


NOTICE_KINDS: dict[str, NoticeKind] = {}


def notice_kind_register(
    key: str, label: str | Promise, *, icon: str = "bell", tone: str = "info"
) -> None:
    """Declare a kind of notice with the words people read."""
    if key in NOTICE_KINDS:
        message = f"notice kind {key} is registered twice"
        raise ValueError(message)
    NOTICE_KINDS[key] = NoticeKind(key=key, label=label, icon=icon, tone=tone)


def notify(
    kind: str,
    *,
    title: str | Promise,
    text: str | Promise = "",
    values: Mapping[str, Any] | None = None,
    permission: str = "",
    operator_id: int | None = None,
    page: str = "",
    arguments: Mapping[str, str] | None = None,
    once: str = "",
) -> None:
    """Tell people of the active brand something.

    `title` and `text` may hold `%(name)s`, filled from `values` when they are read; give them as
    `gettext_lazy` or `gettext_noop`. `page` and `arguments` name the console page it leads to. `once`
    names the occasion: a second notice of the same occasion is dropped.
    """
    if kind not in NOTICE_KINDS:
        message = f"notice kind {kind} is not registered"
        raise ValueError(message)
    notice = Notice(
        kind=kind,
        title=_source(title)[:120],
        text=_source(text)[:500],
        values=dict(values or {}),
        permission="" if operator_id is not None else permission,
        operator_id=operator_id,
        page=page,
        arguments=dict(arguments or {}),
        once=once[:120],
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=bool(once))


def _source(words: str | Promise) -> str:
    """The Chinese original: translated words are translated when they are read."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(words)


def notice_words(words: str, values: Mapping[str, Any]) -> str:
    """The words in the reader's language; a value that is missing leaves them as they are."""
    if not words:
        return ""
    told = gettext(words)
    try:
        return told % values if values else told
    except (KeyError, TypeError, ValueError):
        return told


def notices_for(*, operator_id: int, permissions: Collection[str]) -> QuerySet[Notice]:
    """What this person may read, each with `is_read`; the caller orders."""
    mine = Q(operator_id=operator_id) | Q(operator_id=None, permission__in={"", *permissions})
    return Notice.objects.filter(mine).annotate(is_read=notice_seen(operator_id))


def notice_seen(operator_id: int) -> Exists:
    """Whether this person has read the notice, as a condition."""
    return Exists(NoticeRead.objects.filter(notice_id=OuterRef("pk"), operator_id=operator_id))


def notices_unread(*, operator_id: int, permissions: Collection[str]) -> int:
    """How many young notices wait for this person; counting stops at a hundred."""
    waiting = notices_for(operator_id=operator_id, permissions=permissions).filter(
        ~notice_seen(operator_id), created_at__gte=clock.now() - YOUNG
    )
    return waiting.order_by()[:COUNTED].count()


def notice_get(public_id: str, *, operator_id: int, permissions: Collection[str]) -> Notice:
    """The notice if it is this person's to read; NotFound otherwise."""
    notice = (
        notices_for(operator_id=operator_id, permissions=permissions)
        .filter(public_id=public_id)
        .first()
    )
    if notice is None:
        raise NotFound
    return notice


def notice_read(public_id: str, *, operator_id: int, permissions: Collection[str]) -> Notice:
    """Mark one notice read by this person; a repeat changes nothing."""
    notice = notice_get(public_id, operator_id=operator_id, permissions=permissions)
    NoticeRead.objects.bulk_create(
        [NoticeRead(notice=notice, operator_id=operator_id)], ignore_conflicts=True
    )
    return notice


def notices_read_all(*, operator_id: int, permissions: Collection[str]) -> int:
    """Mark everything read by this person; returns how many were not."""
    waiting = notices_for(operator_id=operator_id, permissions=permissions).filter(
        ~notice_seen(operator_id)
    )
    marks = [
        NoticeRead(notice_id=pk, operator_id=operator_id)
        for pk in waiting.values_list("pk", flat=True)
    ]
    NoticeRead.objects.bulk_create(marks, ignore_conflicts=True, batch_size=1_000)
    return len(marks)


def notices_forget() -> dict[str, int]:
    """Nightly: drop what is older than half a year, with who read it."""
    old = Notice.objects.filter(created_at__lt=clock.now() - KEPT)
    NoticeRead.objects.filter(notice__in=old).delete()
    _all, per_model = old.delete()
    return {"notices": per_model.get("events.Notice", 0)}
