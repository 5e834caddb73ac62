"""The body of an erase: first the member is gone, in one short transaction; then every room empties itself.

Each step may be done again: a killed worker begins anew, with the person's words from the request, where
they are sealed until nothing needs them any more.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

from django.db import transaction

from members.identity.rules import Claim
from members.people.models import Member, MemberStatus
from members.people.selectors import person_ids
from members.privacy.models import PrivacyRequest
from members.privacy.selectors import blockers_of, person_of
from members.privacy.services import EraseBlocked
from members.privacy.tombstones import tombstones_put
from scrm.core import clock
from scrm.core.persons import Eraser, Person, erasers
from scrm.events.audit import record
from scrm.events.bus import publish
from scrm.events.jobs.services import job_advance, job_finish
from scrm.events.models import Job

# Rows of one room in one transaction.
LIMIT = 500
# Whoever was writing when the member went may have left something behind: look again until nothing is found.
_PASSES = 3
_MOST_STEPS = 100_000


class EraserStuck(RuntimeError):
    """A room finds the same rows again and again: a programming error."""


def erase_run(job: Job) -> None:
    """Erase whom the job's request names."""
    request = PrivacyRequest.objects.get(public_id=job.params["request"])
    person = _switched(request, job)
    counts: Counter[str] = Counter(request.counts)
    for _turn in range(_PASSES):
        if not sum(_room(each, person, job, counts) for each in erasers()):
            break
    with transaction.atomic():
        PrivacyRequest.objects.filter(pk=request.pk).update(
            words="", counts=dict(counts), done_at=clock.now()
        )
        record(
            "members.erased",
            object_type="privacy_request",
            object_id=request.public_id,
            after={"member": request.member.public_id, "rooms": len(+counts)},
        )
        job_finish(job, result={"rows": sum(counts.values())})


def _room(each: Eraser, person: Person, job: Job, counts: Counter[str]) -> int:
    """Everything one room has, some rows at a time; how many it was."""
    rows = 0
    for _step in range(_MOST_STEPS):
        with transaction.atomic():
            done = each.erase(person, LIMIT)
            job_advance(job, done=done)
        if not done:
            counts[each.key] += rows
            return rows
        rows += done
    raise EraserStuck(each.key)


@transaction.atomic
def _switched(request: PrivacyRequest, job: Job) -> Person:
    """The person; from here on nothing leads to them. Done once, whoever asks again reads what was kept."""
    locked = PrivacyRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if locked.words:
        return _opened(locked.words)
    ids = person_ids([request.member_id])[request.member_id]
    members = Member.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    found = {member.pk: member for member in members}
    if found[request.member_id].merged_into_id is not None:
        raise EraseBlocked("this member was merged meanwhile: ask for the one who stayed")
    person = person_of(ids, at=clock.now())
    if found[request.member_id].status != MemberStatus.ERASED and (reasons := blockers_of(person)):
        raise EraseBlocked("; ".join(reasons), reasons=reasons)
    locked.words = _sealed(person)
    tombstones_put(
        (
            Claim(kind, value, scope)
            for kind, scope, value in person.identifiers
            if kind == "external_userid"
        ),
        at=person.at,
    )
    counts: Counter[str] = Counter()
    for each in erasers():
        if each.is_instant:
            counts[each.key] = each.erase(person, LIMIT)
    locked.counts = dict(counts)
    locked.save(update_fields=["words", "counts", "updated_at"])
    request.counts = locked.counts
    publish("member.erased", payload={"member_ids": list(person.member_ids)})
    job_advance(job, done=sum(counts.values()))
    return person


def _sealed(person: Person) -> str:
    return json.dumps(
        {
            "member_ids": person.member_ids,
            "public_ids": person.public_ids,
            "member_nos": person.member_nos,
            "identifiers": person.identifiers,
            "names": person.names,
            "at": person.at.isoformat(),
        }
    )


def _opened(words: str) -> Person:
    told = json.loads(words)
    return Person(
        member_ids=tuple(told["member_ids"]),
        public_ids=tuple(told["public_ids"]),
        member_nos=tuple(told["member_nos"]),
        identifiers=tuple((kind, scope, value) for kind, scope, value in told["identifiers"]),
        names=tuple(told["names"]),
        at=datetime.fromisoformat(told["at"]),
    )
