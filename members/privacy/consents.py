"""What people agreed to: the log of it, what holds today, and by which channels they may be reached (PL-16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.identity.models import Identity
from members.people.models import GONE, Member, MemberStatus
from members.people.selectors import living_ids, person_ids
from members.privacy.models import Consent
from members.privacy.rules import MARKETING, PURPOSES, Statement, consents_of
from members.segments.dirty import PERSON, mark_dirty
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.audit import record
from scrm.events.bus import publish

# Channels of the brand's own by which a person can be reached, in the order they are shown.
CHANNELS: dict[str, str | Promise] = {
    "wecom": _("企业微信"),
    "official_account": _("公众号"),
    "sms": _("手机号"),
}
_PART = 500
_AHEAD = timedelta(minutes=10)
_MAY_BE_REACHED = (MemberStatus.REGISTERED, MemberStatus.ACTIVE)


def statements_of(member_ids: Collection[int]) -> dict[int, dict[str, bool]]:
    """Living member → purpose → yes or no; purposes nobody was asked about are left out."""
    said: dict[int, list[Statement]] = defaultdict(list)
    owners = {each: living for living, ids in person_ids(member_ids).items() for each in ids}
    rows = Consent.objects.filter(member_id__in=list(owners))
    for member_id, purpose, is_given, at, key in rows.values_list(
        "member_id", "purpose", "is_given", "at", "pk"
    ):
        said[owners[member_id]].append(Statement(purpose, is_given, at, key))
    return {member_id: consents_of(found) for member_id, found in said.items()}


def consent_of(member_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Member → purposes they agreed to and did not take back."""
    living = living_ids(member_ids)
    known = statements_of(set(living.values()))
    return {
        member_id: frozenset(
            purpose for purpose, is_given in known.get(target, {}).items() if is_given
        )
        for member_id, target in living.items()
    }


def consent_log(member_id: int) -> QuerySet[Consent]:
    """Everything the person ever said, the newest first."""
    ids = person_ids([member_id])[member_id]
    return Consent.objects.filter(member_id__in=ids).order_by("-at", "-id")


def reachable_by(member_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Member → own channels that reach them with their consent; nobody's after marketing was refused."""
    wanted = list(member_ids)
    followers = set(
        Identity.objects.filter(member_id__in=wanted, type="openid").values_list(
            "member_id", flat=True
        )
    )
    found: dict[int, tuple[str, ...]] = {}
    for member in Member.objects.filter(pk__in=wanted).only(
        "is_wecom_friend", "is_opted_out", "phone_tail", "status"
    ):
        has = {
            "wecom": member.is_wecom_friend,
            "official_account": member.pk in followers,
            "sms": bool(member.phone_tail),
        }
        may = member.status in _MAY_BE_REACHED and not member.is_opted_out
        found[member.pk] = tuple(key for key in CHANNELS if has[key]) if may else ()
    return found


@transaction.atomic
def consent_set(
    *,
    member_ids: Collection[int],
    purpose: str,
    given: bool,
    source: str,
    at: datetime | None = None,
    text_version: str = "",
) -> int:
    """Write down that these people said yes or no to a purpose; returns for how many that is new.

    A refusal of marketing holds from this transaction on: no push reaches them (M-28). Something said
    earlier than what is known joins the log and changes nothing.
    """
    now = clock.now()
    if purpose not in PURPOSES:
        raise InvalidValue("unknown purpose", pointer="/purpose", purpose=purpose)
    if at is not None and at > now + _AHEAD:
        raise InvalidValue("this moment is in the future", pointer="/at")
    living = sorted(set(living_ids(member_ids, lock=True).values()))
    there = set(
        Member.objects.filter(pk__in=living).exclude(status__in=GONE).values_list("pk", flat=True)
    )
    before = statements_of(there)
    saying = [
        member_id
        for member_id in living
        if member_id in there
        and (at is not None or before.get(member_id, {}).get(purpose) is not given)
    ]
    _said(saying, purpose=purpose, given=given, at=at or now, source=source, text=text_version)
    after = statements_of(saying)
    changed = [
        each for each in saying if after[each].get(purpose) is not before.get(each, {}).get(purpose)
    ]
    if changed:
        _changed(changed, purpose=purpose, given=given, source=source)
    return len(changed)


def _said(
    saying: list[int], *, purpose: str, given: bool, at: datetime, source: str, text: str
) -> None:
    known = set(
        Consent.objects.filter(
            member_id__in=saying, purpose=purpose, is_given=given, at=at
        ).values_list("member_id", flat=True)
    )
    Consent.objects.bulk_create(
        [
            Consent(
                member_id=member_id, purpose=purpose, is_given=given, at=at, source=source[:40],
                text_version=text[:40],
            )
            for member_id in saying
            if member_id not in known
        ],
        batch_size=_PART,
    )  # fmt: skip


def _changed(member_ids: list[int], *, purpose: str, given: bool, source: str) -> None:
    marketing_settle(member_ids)
    is_one = len(member_ids) == 1
    record(
        "members.consent_changed",
        object_type="member",
        object_id=Member.objects.get(pk=member_ids[0]).public_id if is_one else "",
        after={"purpose": purpose, "is_given": given, "source": source, "members": len(member_ids)},
    )
    for start in range(0, len(member_ids), _PART):
        part = member_ids[start : start + _PART]
        publish("consent.changed", payload={"member_ids": part, "purpose": purpose, "given": given})


def marketing_settle(member_ids: Iterable[int]) -> None:
    """Bring the derived column to what these people said last; who was never asked stays as they are."""
    known = statements_of(list(member_ids))
    for refuses in (True, False):
        rows = [key for key, said in known.items() if said.get(MARKETING) is (not refuses)]
        changed = Member.objects.filter(pk__in=rows).exclude(is_opted_out=refuses)
        if ids := list(changed.values_list("pk", flat=True)):
            Member.objects.filter(pk__in=ids).update(is_opted_out=refuses, updated_at=clock.now())
            mark_dirty(ids, PERSON)
