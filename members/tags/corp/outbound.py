"""Tell WeCom what waits: claim a few rows, call outside any transaction, write the answer down.

Marking and naming may be repeated without harm, so an interrupted call is simply made again.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from members.tags.corp.wishes import marks_wish
from members.tags.models import MemberTag, PushKind, PushState, Tag, TagLink, TagPush
from members.tags.rules import IN_WECOM
from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.core.ids import uuid7
from scrm.tenants.context import require_tenant_id
from scrm.tenants.turns import turns_take
from scrm.wecom.contacts.tags import contact_tags_mark, tag_create, tag_delete, tag_rename
from scrm.wecom.errors import WeComError, WeComLimited, WeComMisconfigured, WeComRefused
from scrm.wecom.models import FollowRelation, WeComCorp

DRAIN_SECONDS = 20.0
REASON = "tags of every tenant are told to WeCom in fair turns"
UNTIL_MENDED = timedelta(minutes=5)
_LOCK_SPACE = 0x5C47
_CHUNK, _CALLS = 200, 8
_WEARERS = 500

# Rows that may leave now: pending ones, and those whose worker did not come back; never a second one
# for a customer (or, with no customer, for the corp's own list of tags) that a call is under way for.
_DUE = """
    SELECT p.id, p.corp_id, p.userid, p.external_userid, p.kind
    FROM members_tagpush p
    WHERE p.tenant_id = %(tenant)s
      AND ((p.state = 'pending' AND (p.not_before IS NULL OR p.not_before <= %(now)s))
        OR (p.state = 'sending' AND p.lease_until <= clock_timestamp()))
      AND NOT EXISTS (
        SELECT 1 FROM members_tagpush b
        WHERE b.tenant_id = p.tenant_id AND b.corp_id = p.corp_id AND b.state = 'sending'
          AND b.external_userid = p.external_userid AND b.lease_until > clock_timestamp())
      AND (p.kind <> 'mark' OR NOT EXISTS (
        SELECT 1 FROM members_tagpush c
        WHERE c.tenant_id = p.tenant_id AND c.corp_id = p.corp_id AND c.tag_id = p.tag_id
          AND c.kind = 'create' AND c.state <> 'failed'))
    ORDER BY p.id LIMIT %(limit)s
"""
_TAKE = """
    UPDATE members_tagpush SET state = 'sending', claim = %(claim)s, attempt = attempt + 1,
        lease_until = clock_timestamp() + make_interval(secs => %(lease)s), updated_at = now()
    WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)
"""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call to WeCom and the rows it settles: (row, the turn it was read at)."""

    claim: uuid.UUID
    rows: tuple[tuple[int, int], ...]
    corp: WeComCorp
    kind: str
    tag: Tag
    userid: str = ""
    external_userid: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def pushes_drain(*, seconds: float = DRAIN_SECONDS) -> int:
    """Visit the tenants in turns until nothing is due or the time is up."""
    return turns_take("tags", tenant_drain, reason=REASON, seconds=seconds)


def tenant_drain() -> int:
    """One turn of one tenant: a few calls; how many rows were settled or put off."""
    calls = calls_claim()
    for call in calls:
        call_make(call)
    return len(calls)


@transaction.atomic
def calls_claim() -> list[Call]:
    """Take the next due rows, one call per customer."""
    claim, tenant = uuid7(), require_tenant_id()
    with connection.cursor() as cursor:
        # One claimer at a time, so that two never take two rows of one customer.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, tenant % 2**31])
        cursor.execute(_DUE, {"tenant": tenant, "now": clock.now(), "limit": _CHUNK})
        groups: dict[tuple[int, str], list[tuple[int, str, str]]] = {}
        for row_id, corp_id, userid, customer, kind in cursor.fetchall():
            groups.setdefault((corp_id, customer), []).append((row_id, userid, kind))
        chosen = [_together(rows) for rows in list(groups.values())[:_CALLS]]
        ids = [row_id for rows in chosen for row_id in rows]
        values: dict[str, Any] = {
            "tenant": tenant,
            "claim": claim,
            "ids": ids,
            "lease": settings.PUSH_LEASE_SECONDS,
        }
        cursor.execute(_TAKE, values)
    return [_call(claim, rows) for rows in chosen]


def _together(rows: list[tuple[int, str, str]]) -> list[int]:
    """Rows of one friendship leave in one call; changes of the list of tags leave one by one."""
    _first, userid, kind = rows[0]
    if kind != PushKind.MARK:
        return [rows[0][0]]
    return [row_id for row_id, staff, _kind in rows if staff == userid]


def _call(claim: uuid.UUID, ids: Sequence[int]) -> Call:
    rows = list(
        TagPush.objects.filter(pk__in=list(ids)).select_related("corp", "tag__group").order_by("pk")
    )
    first = rows[0]
    add, remove = _marks(rows) if first.kind == PushKind.MARK else ((), ())
    return Call(
        claim=claim,
        rows=tuple((row.pk, row.turn) for row in rows),
        corp=first.corp,
        kind=first.kind,
        tag=first.tag,
        userid=first.userid,
        external_userid=first.external_userid,
        add=add,
        remove=remove,
    )


def _marks(rows: Sequence[TagPush]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to add and remove; what the friendship shows already needs no call the first time."""
    first = rows[0]
    links = dict(
        TagLink.objects.filter(
            corp_id=first.corp_id, tag_id__in=[row.tag_id for row in rows], ended_at=None
        ).values_list("tag_id", "corp_tag_id")
    )
    shown = FollowRelation.objects.filter(
        corp_id=first.corp_id,
        staff__userid=first.userid,
        contact__external_userid=first.external_userid,
    ).values_list("tag_ids", flat=True)
    has = set(shown.first() or ())
    told = [
        (links[row.tag_id], row.is_wanted)
        for row in rows
        if row.tag_id in links and (row.attempt > 1 or row.is_wanted != (links[row.tag_id] in has))
    ]
    return (
        tuple(key for key, is_wanted in told if is_wanted),
        tuple(key for key, is_wanted in told if not is_wanted),
    )


def call_make(call: Call) -> None:
    """Make the call and write down its answer."""
    try:
        _tell(call)
    except WeComLimited as refusal:
        _put_off(call, wait=timedelta(seconds=max(refusal.retry_after, 1.0)), why=str(refusal))
    except WeComMisconfigured as refusal:
        # The binding is wrong, not the tag: wait until an operator has mended it.
        _put_off(call, wait=UNTIL_MENDED, why=str(refusal))
    except WeComRefused as refusal:
        _held(call).update(
            state=PushState.FAILED, claim=None, lease_until=None, error=str(refusal)[:200]
        )
    except WeComError as refusal:  # no answer: making the call again does no harm
        attempt = TagPush.objects.filter(pk=call.rows[0][0]).values_list("attempt", flat=True)
        wait = timedelta(seconds=min(2.0 ** (attempt.first() or 1), 300.0))
        _put_off(call, wait=wait, why=str(refusal))
    except NotFound:  # the friendship is gone: nothing is left to tell
        _held(call).delete()
    else:
        _settled(call)


def _tell(call: Call) -> None:
    if call.kind == PushKind.MARK:
        if call.add or call.remove:
            contact_tags_mark(
                corp=call.corp,
                userid=call.userid,
                external_userid=call.external_userid,
                add=call.add,
                remove=call.remove,
            )
        return
    if call.kind == PushKind.CREATE:
        _create(call)
        return
    links = TagLink.objects.filter(tag=call.tag, corp=call.corp).order_by("-pk")
    link = links.first()
    if link is None:
        return
    if call.kind == PushKind.RENAME:
        tag_rename(corp=call.corp, tag_id=link.corp_tag_id, name=call.tag.name)
    else:
        tag_delete(corp=call.corp, tag_id=link.corp_tag_id)


def _create(call: Call) -> None:
    """Make the tag there, then have everybody who wears it marked."""
    made = tag_create(corp=call.corp, names=[call.tag.name], group_name=call.tag.group.name)
    told = next((tag for tag in made.tags if tag.name == call.tag.name), None)
    if told is None:
        raise WeComRefused(api="add_corp_tag", reason="the answer does not name the tag")
    with transaction.atomic():
        TagLink.objects.get_or_create(
            corp=call.corp, corp_tag_id=told.tag_id, defaults={"tag": call.tag}
        )
        group = call.tag.group
        if group.corp_id is None:
            group.corp, group.wecom_group_id = call.corp, made.group_id
            group.save(update_fields=["corp", "wecom_group_id", "updated_at"])
    last = 0
    while True:
        wearers = MemberTag.objects.filter(tag=call.tag, member_id__gt=last).exclude(
            source=IN_WECOM
        )
        chunk = list(wearers.order_by("member_id").values_list("member_id", flat=True)[:_WEARERS])
        if not chunk:
            return
        with transaction.atomic():
            marks_wish([(call.tag.pk, member_id) for member_id in chunk], is_wanted=True)
        last = chunk[-1]


def _held(call: Call) -> QuerySet[TagPush]:
    """The rows of the call that are its own still, and that nobody has wished otherwise meanwhile."""
    same = Q()
    for row_id, turn in call.rows:
        same |= Q(pk=row_id, turn=turn)
    return TagPush.objects.filter(same, claim=call.claim, state=PushState.SENDING)


@transaction.atomic
def _settled(call: Call) -> None:
    _held(call).delete()
    _again(call, wait=timedelta(0), why="")


@transaction.atomic
def _put_off(call: Call, *, wait: timedelta, why: str) -> None:
    _again(call, wait=wait, why=why)


def _again(call: Call, *, wait: timedelta, why: str) -> None:
    """What is left of the call's rows waits for its next turn."""
    left = TagPush.objects.filter(
        pk__in=[row_id for row_id, _turn in call.rows], claim=call.claim, state=PushState.SENDING
    )
    left.update(
        state=PushState.PENDING,
        claim=None,
        lease_until=None,
        not_before=clock.now() + wait if wait else None,
        error=why[:200],
    )
