"""Ask for a copy of a person, or for the person to be forgotten; a job does both."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.people.models import Member, MemberStatus
from members.people.selectors import member_get, person_ids
from members.privacy.models import PrivacyRequest, RequestKind
from members.privacy.selectors import blockers_of, member_raw, person_of
from scrm.access.scope import scope_refuse
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidValue
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.jobs.services import job_start
from scrm.events.models import Job
from scrm.files.models import MaskLevel
from scrm.files.store import file_make

EXPORT = "members.person_export"
ERASE = "members.erase"


class EraseBlocked(DomainError):
    """Something of the person is under way; `reasons` says what."""

    code = "erase_blocked"
    kind = ErrorKind.CONFLICT


@transaction.atomic
def export_ask(*, member: str, reason: str) -> PrivacyRequest:
    """A file with everything that is kept of the person, made by a job; for whoever asks."""
    scope_refuse()
    found = member_get(member)
    if not reason.strip():
        raise InvalidValue("say who asked, and how", pointer="/reason")
    request = _made(found, RequestKind.EXPORT, reason)
    day = timezone.localdate().strftime("%Y%m%d")
    name = f"{_('个人信息')}-{found.member_no}-{day}.json"
    job = job_start(EXPORT, params={"request": request.public_id}, label=name)
    file = file_make(
        name=name,
        content_type="application/json",
        kind=EXPORT,
        permission="members.export_person",
        mask=MaskLevel.PLAIN,
        reason=reason.strip(),
        job=job,
    )
    _started(request, job, file_id=file.public_id)
    return request


@transaction.atomic
def erase_ask(*, member: str, number: str, reason: str) -> PrivacyRequest:
    """Erase the person: this account and everybody merged into it. It cannot be taken back.

    ``number`` is the member's number, typed by whoever means it. Asking again answers with the first request.
    """
    scope_refuse()
    found = member_raw(member)
    known = PrivacyRequest.objects.filter(member=found, kind=RequestKind.ERASE).first()
    if known is not None:
        return known
    if number.strip() != found.member_no:
        raise InvalidValue(_("会员号不一致"), pointer="/number")
    if not reason.strip():
        raise InvalidValue("say who asked, and how", pointer="/reason")
    Member.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
    known = PrivacyRequest.objects.filter(member=found, kind=RequestKind.ERASE).first()
    if known is not None:
        return known
    if found.status == MemberStatus.ERASED:
        raise InvalidValue("this person was erased already", pointer="/member")
    person = person_of(person_ids([found.pk])[found.pk], at=clock.now())
    if reasons := blockers_of(person):
        raise EraseBlocked("; ".join(reasons), reasons=reasons)
    request = _made(found, RequestKind.ERASE, reason)
    job = job_start(ERASE, params={"request": request.public_id}, label=found.member_no)
    _started(request, job)
    return request


def _made(member: Member, kind: str, reason: str) -> PrivacyRequest:
    return PrivacyRequest.objects.create(
        member=member,
        kind=kind,
        reason=reason.strip()[:200],
        requested_by=current_actor().label[:80],
    )


def _started(request: PrivacyRequest, job: Job, *, file_id: str = "") -> None:
    request.job_id, request.file_id = job.public_id, file_id
    request.save(update_fields=["job_id", "file_id", "updated_at"])
    record(
        f"members.{request.kind}_requested",
        object_type="privacy_request",
        object_id=request.public_id,
        after={"member": request.member.public_id, "reason": request.reason},
    )
