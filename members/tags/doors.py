"""What REST does with tags: one call each, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import OperationalError, connection, transaction

from members.people.models import Member
from members.people.selectors import member_get, members_listed
from members.tags.bulk import tags_put_on, tags_take_off
from members.tags.definitions import definition_checked, definition_words, wanted_of
from members.tags.models import MemberTag
from members.tags.rules import COMPUTED
from members.tags.selectors import member_tags, tag_days, tag_get
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.tenants.context import current_tenant

SAMPLES = 5
_TIMEOUT_MS = 2_000
_QUERY_CANCELED = "57014"


@dataclass(frozen=True, kw_only=True)
class TriedOut:
    """Who a definition would find: None when counting took too long."""

    words: str
    count: int | None
    samples: Sequence[Member]


@transaction.atomic
def definition_try(*, kind: str, definition: dict[str, Any]) -> TriedOut:
    """A definition before it is saved: in words, how many, and five of them (in one's data scope)."""
    if kind not in COMPUTED:
        raise InvalidValue("only a computed tag has a definition", pointer="/kind")
    checked = definition_checked(kind, definition)
    words = definition_words(kind, checked)
    today = clock.local_date(clock.now(), current_tenant().timezone)
    wanted = wanted_of(kind, checked, day=today)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        try:
            with transaction.atomic():
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, true)", [str(_TIMEOUT_MS)]
                )
                cursor.execute(
                    f"SELECT count(*), (array_agg(f.member_id ORDER BY f.member_id DESC))[1:50] "  # noqa: S608 - our own parts
                    f"FROM ({wanted.sql}) AS f(member_id, value)",
                    wanted.values,
                )
                count, newest = cursor.fetchone()
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") != _QUERY_CANCELED:
                raise
            return TriedOut(words=words, count=None, samples=())
    shown = members_listed().filter(pk__in=newest or [0]).order_by("-pk")[:SAMPLES]
    return TriedOut(words=words, count=int(count), samples=list(shown))


@dataclass(frozen=True, kw_only=True)
class TagDays:
    """How many wore a tag, day by day."""

    as_of: date
    count: int


def tag_coverage(public_id: str) -> list[TagDays]:
    """The last ninety days, oldest first."""
    return [TagDays(as_of=day, count=count) for day, count in tag_days(tag_get(public_id).pk)]


def tags_of_member(public_id: str) -> list[MemberTag]:
    """What the member wears; NotFound for another brand's or one outside the data scope."""
    return member_tags(member_get(public_id).pk)


@transaction.atomic
def member_tags_set(*, public_id: str, names: Sequence[str]) -> list[MemberTag]:
    """Let the member wear these tags and no other of those put on by hand; computed ones stay."""
    member = member_get(public_id)
    wanted = list(dict.fromkeys(name.strip() for name in names))
    worn = {row.tag.name: row for row in member_tags(member.pk) if row.source not in COMPUTED}
    gone = [name for name in worn if name not in wanted]
    if gone:
        tags_take_off([member.pk], gone)
    if wanted:
        tags_put_on([member.pk], wanted)
    return member_tags(member.pk)


def member_tag_off(*, public_id: str, tag: str) -> None:
    """Take one tag off; TagComputed when a definition had put it on."""
    tags_take_off([member_get(public_id).pk], [tag_get(tag).name])


__all__ = [
    "TriedOut",
    "definition_try",
    "member_tag_off",
    "member_tags_set",
    "tag_coverage",
    "tags_of_member",
]
