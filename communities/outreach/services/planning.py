"""From a scheduled push to calls: write the audience down, leave out whom it must not reach, batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import structlog
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction

from communities.outreach.models import Push, PushBatch, PushRecipient
from communities.outreach.rules import (
    Purpose,
    PushState,
    QuietHours,
    Reason,
    RecipientState,
    chunks,
    is_personal,
    quiet_until,
    text_for,
)
from communities.outreach.selectors.audience import Address, addresses_find, members_unreachable
from communities.outreach.selectors.people import segment_members_among
from communities.outreach.services.states import push_advance, push_state_set
from members.segments.selectors import segment_query
from scrm.core import clock
from scrm.core.errors import DomainError
from scrm.tenants.context import current_tenant, require_tenant_id
from scrm.tenants.settings import setting

log = structlog.get_logger(__name__)
PLAN_CHUNK = 5_000

_SNAPSHOT = """
    INSERT INTO communities_pushrecipient
        (tenant_id, push_id, member_id, state, reason, sender, external_userid, created_at, updated_at)
    SELECT %s, %s, audience.member_id, 'queued', '', '', '', now(), now() FROM ({audience}) AS audience (member_id)
    ON CONFLICT (tenant_id, push_id, member_id) DO NOTHING
"""


def pushes_prepare() -> int:
    """Snapshot, start and plan what is due in this tenant; returns the pushes touched."""
    touched = 0
    for push_id in _ids(state=PushState.SCHEDULED, snapshot_at=None):
        touched += _apart(push_snapshot, push_id)
    due = {"snapshot_at__isnull": False, "scheduled_at__lte": clock.now()}
    for push_id in _ids(state=PushState.SCHEDULED, **due):
        touched += _apart(push_start, push_id)
    for push_id in _ids(state=PushState.SUBMITTING, planned_at=None):
        touched += _apart(push_plan, push_id)
    return touched


def _apart(step: Callable[[int], int], push_id: int) -> int:
    """One push that cannot be prepared (its segment's rule is broken, say) must not hold up the others."""
    try:
        return step(push_id)
    except DomainError:
        log.exception("push_not_prepared", push=push_id)
        return 0


def push_plan(push_id: int) -> int:
    """Plan a push to its end; returns the chunks planned."""
    done = 0
    while push_plan_chunk(push_id):
        done += 1
    push_advance(push_id)
    return done


def _ids(**wanted: object) -> list[int]:
    rows = Push.objects.filter(**wanted).order_by("scheduled_at", "id")
    return list(rows.values_list("pk", flat=True))


def _take(push_id: int, state: PushState) -> Push | None:
    """The push if it is still in that state and nobody else works on it."""
    return (
        Push.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(pk=push_id, state=state)
        .first()
    )


@transaction.atomic
def push_snapshot(push_id: int) -> int:
    """Write down whom the rule that was let go finds at this moment: the number that was confirmed."""
    push = _take(push_id, PushState.SCHEDULED)
    if push is None or push.snapshot_at is not None or push.segment is None:
        return 0
    # One statement: the database counts and writes the same moment, however large the audience is.
    with suppress(EmptyResultSet), connection.cursor() as cursor:
        rule = push.segment.rule if push.rule is None else push.rule
        people, values = segment_query(rule).values("pk").query.sql_with_params()
        cursor.execute(_SNAPSHOT.format(audience=people), [require_tenant_id(), push.pk, *values])
    push.snapshot_at = clock.now()
    push.save(update_fields=["snapshot_at", "updated_at"])
    return 1


def quiet_end() -> QuietHours | None:
    """The tenant's quiet hours."""
    return QuietHours.parse(setting("push.quiet"))


@transaction.atomic
def push_start(push_id: int) -> int:
    """A due push begins, unless quiet hours put it off to their end."""
    push = _take(push_id, PushState.SCHEDULED)
    if push is None or push.snapshot_at is None:
        return 0
    now = clock.now()
    until = (
        quiet_until(now, current_tenant().timezone, quiet_end())
        if push.purpose == Purpose.MARKETING
        else None
    )
    if until is None:
        push_state_set(push, PushState.SUBMITTING, deferred_until=None)
        return 1
    if push.deferred_until != until:
        push.deferred_until = until
        push.save(update_fields=["deferred_until", "updated_at"])
        PushRecipient.objects.filter(push=push, state=RecipientState.QUEUED).update(
            reason=Reason.QUIET_DEFERRED
        )
    return 0


@transaction.atomic
def push_plan_chunk(push_id: int) -> bool:
    """Decide the next recipients: suppressed for good, or part of a call. False when none is left."""
    push = _take(push_id, PushState.SUBMITTING)
    if push is None or push.planned_at is not None:
        return False
    queued = PushRecipient.objects.filter(push=push, state=RecipientState.QUEUED, batch=None)
    rows = dict(queued.order_by("id").values_list("member_id", "pk")[:PLAN_CHUNK])
    if not rows or push.corp_id is None or push.segment is None:
        push.planned_at = push.submitted_at = clock.now()
        push.save(update_fields=["planned_at", "submitted_at", "updated_at"])
        return False
    members = list(rows)
    excluded = members_unreachable(members, purpose=push.purpose)
    still = segment_members_among(push.segment, members)
    for member_id in members:
        if member_id not in still:
            excluded.setdefault(member_id, Reason.NOT_IN_SEGMENT)
    addresses = addresses_find(corp_id=push.corp_id, member_ids=members)
    for member_id in members:
        if member_id not in addresses:
            excluded.setdefault(member_id, Reason.NO_FRIEND)
    _suppress(rows, excluded)
    _batch(push, rows, [addresses[m] for m in members if m not in excluded])
    return True


def _suppress(rows: Mapping[int, int], excluded: Mapping[int, Reason]) -> None:
    by_reason: dict[Reason, list[int]] = defaultdict(list)
    for member_id, reason in excluded.items():
        by_reason[reason].append(rows[member_id])
    for reason, ids in by_reason.items():
        PushRecipient.objects.filter(pk__in=ids).update(
            state=RecipientState.SUPPRESSED, reason=reason
        )


def _batch(push: Push, rows: Mapping[int, int], addresses: Sequence[Address]) -> None:
    """Calls of at most N customers of one sender; one customer each when the words are personal."""
    if push.corp_id is None or push.scheduled_at is None:
        return
    size = 1 if is_personal(push.text) else setting("push.batch_size")
    by_sender: dict[str, list[Address]] = defaultdict(list)
    for address in addresses:
        by_sender[address.sender].append(address)
    parts = [
        (sender, part)
        for sender, known in sorted(by_sender.items())
        for part in chunks(known, size)
    ]
    batches = PushBatch.objects.bulk_create(
        PushBatch(
            push=push,
            corp_id=push.corp_id,
            sender=sender,
            size=len(part),
            text=text_for(push.text, nickname=part[0].nickname),
            scheduled_at=push.scheduled_at,
        )
        for sender, part in parts
    )
    _assign(
        [
            (rows[address.member_id], batch.pk, address.sender, address.external_userid)
            for batch, (_sender, part) in zip(batches, parts, strict=True)
            for address in part
        ]
    )


_ASSIGN = """
    UPDATE communities_pushrecipient r
    SET batch_id = v.batch, sender = v.sender, external_userid = v.customer, reason = '',
        updated_at = now()
    FROM unnest(%(ids)s::bigint[], %(batches)s::bigint[], %(senders)s::text[], %(customers)s::text[])
         AS v(id, batch, sender, customer)
    WHERE r.tenant_id = %(tenant)s AND r.id = v.id AND r.state = 'queued'
"""


def _assign(rows: Sequence[tuple[int, int, str, str]]) -> None:
    if not rows:
        return
    ids, batches, senders, customers = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _ASSIGN,
            {
                "tenant": require_tenant_id(),
                "ids": ids,
                "batches": batches,
                "senders": senders,
                "customers": customers,
            },
        )
