"""Look at requests, at who somebody is in every room, and at what an erase would do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from members.identity.cipher import value_decrypt
from members.identity.models import Identity
from members.people.models import Member, MemberStatus
from members.people.selectors import living_ids, member_get, person_ids
from members.privacy.models import Consent, PrivacyRequest, RequestKind
from scrm.access.scope import scope_refuse
from scrm.core.errors import NotFound
from scrm.core.persons import Person, erasers, exporters, person_known
from scrm.events.models import Job, JobState


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one room has of a person."""

    label: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class ErasePreview:
    """What an erase would take; with blockers it would be refused."""

    member: Member
    accounts: int
    lines: Sequence[Line]
    blockers: Sequence[str]


def person_of(member_ids: Collection[int], *, at: datetime) -> Person:
    """The person behind these accounts, with the words of every room."""
    members = list(Member.objects.filter(pk__in=member_ids).order_by("pk"))
    identities = Identity.objects.filter(member_id__in=member_ids).order_by("pk")
    phones = [value_decrypt(member.phone_enc) for member in members if member.phone_enc]
    person = Person(
        member_ids=tuple(member.pk for member in members),
        public_ids=tuple(member.public_id for member in members),
        member_nos=tuple(member.member_no for member in members),
        identifiers=(),
        at=at,
    )
    return person_known(
        person.knowing(
            names=[member.display_name for member in members],
            identifiers=[
                *(
                    (row.type, row.scope, row.value or value_decrypt(row.value_enc))
                    for row in identities
                ),
                *(("phone", "", phone) for phone in phones),
            ],
        )
    )


def member_raw(public_id: str) -> Member:
    """The living account of a public id, erased ones too; NotFound otherwise."""
    member = Member.objects.filter(public_id=public_id).first()
    if member is None:
        raise NotFound
    return Member.objects.get(pk=living_ids([member.pk])[member.pk])


def erase_preview(public_id: str, *, at: datetime) -> ErasePreview:
    """What every room has of the person, and why none may be erased right now."""
    scope_refuse()
    member = member_get(public_id)
    person = person_of(person_ids([member.pk])[member.pk], at=at)
    lines = [
        Line(label=str(each.label), rows=each.count(person))
        for each in erasers()
        if each.count is not None
    ]
    return ErasePreview(
        member=member,
        accounts=len(person.member_ids),
        lines=[line for line in lines if line.rows],
        blockers=blockers_of(person),
    )


def blockers_of(person: Person) -> list[str]:
    """Why the person cannot be erased right now."""
    return [
        str(reason)
        for each in erasers()
        if each.blockers is not None
        for reason in each.blockers(person)
    ]


def erased_among(member_ids: Collection[int]) -> set[int]:
    """Those of them who were erased: nothing more may come of their facts."""
    rows = Member.objects.filter(pk__in=member_ids, status=MemberStatus.ERASED)
    return set(rows.values_list("pk", flat=True))


# -- requests -------------------------------------------------------------------------------------------
def requests_listed(
    *, kinds: Sequence[str] = (), states: Sequence[str] = (), search: str = ""
) -> QuerySet[PrivacyRequest]:
    """Every request; newest first is the caller's order."""
    scope_refuse()
    found = PrivacyRequest.objects.select_related("member")
    if kinds:
        found = found.filter(kind__in=kinds)
    if search:
        found = found.filter(member__member_no__startswith=search.strip())
    found = _with_failed(found)
    if states:
        asked = Q(pk=None)
        if "done" in states:
            asked |= Q(done_at__isnull=False)
        if "failed" in states:
            asked |= Q(done_at=None, is_failed=True)
        if "running" in states:
            asked |= Q(done_at=None, is_failed=False)
        found = found.filter(asked)
    return found


def _with_failed(rows: QuerySet[PrivacyRequest]) -> QuerySet[PrivacyRequest]:
    """With whether the job of each has failed."""
    ended = [JobState.FAILED, JobState.CANCELLED]
    jobs = Job.objects.filter(public_id=OuterRef("job_id"), state__in=ended)
    return rows.annotate(is_failed=Exists(jobs))


def request_get(public_id: str) -> PrivacyRequest:
    """The request with that public id; NotFound otherwise."""
    found = requests_listed().filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def requests_of(member_id: int) -> QuerySet[PrivacyRequest]:
    """What this person asked for before."""
    rows = PrivacyRequest.objects.filter(member_id=member_id, kind=RequestKind.EXPORT)
    return _with_failed(rows).order_by("-id")


def request_state(request: Any) -> str:
    """running, done or failed: the job says."""
    if request.done_at is not None:
        return "done"
    is_failed = getattr(request, "is_failed", None)
    if is_failed is None:
        ended = [JobState.FAILED, JobState.CANCELLED]
        is_failed = Job.objects.filter(public_id=request.job_id, state__in=ended).exists()
    return "failed" if is_failed else "running"


def request_counts(request: PrivacyRequest) -> list[Line]:
    """Rows by room, in the rooms' order and words."""
    rooms = exporters() if request.kind == RequestKind.EXPORT else erasers()
    return [
        Line(label=str(each.label), rows=request.counts[each.key])
        for each in rooms
        if request.counts.get(each.key)
    ]


def request_job(request: PrivacyRequest) -> Job | None:
    """Its job, while that is kept."""
    return Job.objects.filter(public_id=request.job_id).first() if request.job_id else None


def consents_listed(*, purposes: Sequence[str], given: Sequence[str]) -> QuerySet[Consent]:
    """What everybody said, for the log."""
    scope_refuse()
    found = Consent.objects.select_related("member")
    if purposes:
        found = found.filter(purpose__in=purposes)
    if len(given) == 1:
        found = found.filter(is_given=given[0] == "yes")
    return found
