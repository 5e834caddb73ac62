"""Run rules: the same query counts, lists and sends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from pyroaring import BitMap64

from members.orders.models import MemberRollup
from members.people.models import Member
from members.people.selectors import members_listed
from members.segments.compiler import rule_filter
from members.segments.models import Segment
from members.segments.rules import Group, rule_parse
from members.segments.sets import Reached, rule_count, sets_answer, sets_reached
from scrm.core.errors import NotFound
from scrm.tenants.keys import keys_among

COUNT_TIMEOUT_MS = 2000
_CHUNK = 5000
_QUERY_CANCELED = "57014"
# Up to here sums are read by key and samples among keys; beyond, one pass over everybody is quicker.
_MOST_SUMMED, _MOST_NAMED, _MOST_LOOKED = 300_000, 20_000, 2_000

Rule = Group | dict[str, object]
Result = TypeVar("Result")


def segment_get(public_id: str) -> Segment:
    """The segment with that public id; NotFound if unknown, archived or another brand's."""
    segment = Segment.objects.filter(public_id=public_id, archived_at=None).first()
    if segment is None:
        raise NotFound
    return segment


def segments_named(text: str, *, limit: int = 5) -> list[Segment]:
    """A handful of segments in use whose name holds the text."""
    found = Segment.objects.filter(archived_at=None, name__icontains=text)
    return list(found.order_by("-updated_at", "-id")[:limit])


def segments_listed() -> QuerySet[Segment]:
    """Every segment in use."""
    return Segment.objects.filter(archived_at=None)


def segment_choices(limit: int = 500) -> list[tuple[str, str]]:
    """Segments in use for a menu: public id and name, the newest first."""
    rows = segments_listed().order_by("-created_at", "-id")
    return list(rows.values_list("public_id", "name")[:limit])


def segment_owners() -> list[tuple[str, str]]:
    """Who made the segments in use."""
    rows = segments_listed().exclude(created_by="").order_by("created_by")
    return [(name, name) for name in rows.values_list("created_by", flat=True).distinct()[:200]]


def segments_searched(text: str, *, owners: Sequence[str] = ()) -> QuerySet[Segment]:
    """Segments in use whose name contains the text, of everybody or of some who made them."""
    found = segments_listed()
    found = found.filter(created_by__in=list(owners)) if owners else found
    return found.filter(name__contains=text) if text else found


def segment_query(rule: Rule) -> QuerySet[Member]:
    """Everybody who fulfils the rule, in no order; InvalidRule if it cannot be run."""
    return rule_filter(members_listed(), rule if isinstance(rule, Group) else rule_parse(rule))


def segment_count(rule: Rule) -> int:
    """How many that are, exactly and however long it takes."""
    return rule_count(rule)


def segment_member_ids(segment: Segment, *, size: int = _CHUNK) -> Iterator[list[int]]:
    """Keys of the audience in ascending order, chunk by chunk; memory stays flat."""
    query, last = segment_query(segment.rule), 0
    while True:
        chunk = list(query.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size])
        if chunk:
            yield chunk
        if len(chunk) < size:
            return
        last = chunk[-1]


def segment_estimate(rule: Rule) -> int:
    """The planner's guess, at once: good for a first figure, no more."""
    told = segment_query(rule).values("pk").explain(format="json")
    if not told:  # the rule can find nobody, so there is no query
        return 0
    return int(json.loads(told)[0]["Plan"]["Plan Rows"])


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Who a rule finds and how they can be reached; money in fen."""

    members: int
    wecom: int
    phone: int
    opted_out: int
    net_fen: int
    orders: int

    @property
    def average_fen(self) -> int:
        return self.net_fen // self.members if self.members else 0


def segment_reach(rule: Rule, *, timeout_ms: int = COUNT_TIMEOUT_MS) -> Reach | None:
    """Exact figures of the live panel, or None when they take longer than the timeout."""
    told = sets_reached(rule)
    if told is not None and len(told.members) <= _MOST_SUMMED:
        return _reach_told(told)
    may_be_sent = Q(is_opted_out=False)
    query = segment_query(rule).annotate(
        own_net=F("rollup__net_fen"), own_orders=F("rollup__orders_count")
    )
    found = _within(
        timeout_ms,
        lambda: query.aggregate(
            members=Count("pk"),
            wecom=Count("pk", filter=may_be_sent & Q(is_wecom_friend=True)),
            phone=Count("pk", filter=may_be_sent & ~Q(phone_tail="")),
            opted_out=Count("pk", filter=Q(is_opted_out=True)),
            net_fen=Sum("own_net"),
            orders=Sum("own_orders"),
        ),
    )
    if found is None:
        return None
    return Reach(**{key: int(value or 0) for key, value in found.items()})


def _reach_told(told: Reached) -> Reach:
    sums = MemberRollup.objects.filter(keys_among("member_id", told.members)).aggregate(
        net=Sum("net_fen"), orders=Sum("orders_count")
    )
    return Reach(
        members=len(told.members),
        wecom=len(told.friends),
        phone=len(told.phones),
        opted_out=len(told.opted_out),
        net_fen=sums["net"] or 0,
        orders=sums["orders"] or 0,
    )


def segment_samples(rule: Rule, *, count: int = 5) -> Sequence[Member]:
    """A few of them, the newest first."""
    told, people = sets_answer(rule), segment_query(rule)
    if told is not None:
        newest = told if len(told) <= _MOST_NAMED else _newest(told, count)
        people = members_listed().filter(keys_among("pk", newest)) if newest else people
    found = _within(
        COUNT_TIMEOUT_MS,
        lambda: list(
            people.annotate(
                own_net=F("rollup__net_fen"), own_orders=F("rollup__orders_count")
            ).order_by("-registered_at", "-pk")[:count]
        ),
    )
    return found or []


def _newest(told: BitMap64, count: int) -> list[int]:
    """The newest of very many members; none if the brand's latest comers are nearly all others."""
    latest = members_listed().order_by("-registered_at", "-pk").values_list("pk", flat=True)
    found = [key for key in latest[:_MOST_LOOKED] if key in told]
    return found[:count] if len(found) >= count else []


def _within(timeout_ms: int, run: Callable[[], Result]) -> Result | None:
    """The result, or None if PostgreSQL needs longer; the caller's transaction goes on either way."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        try:
            with transaction.atomic():
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, true)", [str(timeout_ms)]
                )
                result = run()
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
                return result
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") != _QUERY_CANCELED:
                raise
            return None


def segments_latest(limit: int) -> Sequence[Segment]:
    """The segments in use that were worked on last."""
    return list(Segment.objects.filter(archived_at=None).order_by("-updated_at", "-id")[:limit])
