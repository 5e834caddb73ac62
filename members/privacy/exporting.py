"""The body of an export: every room's records of one person, in one JSON file people can read."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from members.people.models import Member
from members.people.selectors import person_ids
from members.privacy.models import PrivacyRequest
from members.privacy.selectors import person_of
from scrm.core import clock
from scrm.core.persons import Person, exporters
from scrm.events.jobs.services import job_advance, job_finish
from scrm.events.models import Job
from scrm.files.models import FilePart, StoredFile
from scrm.files.store import file_ready, part_write

_BLOCK = 512 * 1024


def export_run(job: Job) -> None:
    """One transaction: the file is whole or not there; a killed worker begins anew."""
    request = PrivacyRequest.objects.get(public_id=job.params["request"])
    with transaction.atomic():
        file = StoredFile.objects.get(public_id=request.file_id)
        FilePart.objects.filter(file=file).delete()
        StoredFile.objects.filter(pk=file.pk).update(size=0, rows=0)
        ids = person_ids([request.member_id])[request.member_id]
        person = person_of(ids, at=clock.now())
        counts = _written(file, person, request.member)
        PrivacyRequest.objects.filter(pk=request.pk).update(counts=counts, done_at=clock.now())
        job_advance(job, done=sum(counts.values()))
        file_ready(file)
        job_finish(job, result={"rows": sum(counts.values()), "file": file.public_id})


def _written(file: StoredFile, person: Person, member: Member) -> dict[str, int]:
    counts: dict[str, int] = {}
    number, buffer = 0, bytearray()
    for text, room, rows in _texts(person, member):
        if room:
            counts[room] = counts.get(room, 0) + rows
        buffer += text.encode()
        if len(buffer) >= _BLOCK:
            part_write(file, number=number, data=bytes(buffer), rows=0)
            number, buffer = number + 1, bytearray()
    part_write(file, number=number, data=bytes(buffer), rows=sum(counts.values()))
    return counts


def _texts(person: Person, member: Member) -> Iterator[tuple[str, str, int]]:
    """The file's text, bit by bit, with the room it is of and how many records it adds."""
    head = {"member": member.public_id, "made_at": clock.now()}
    yield f'{{"about": {_json(head)}, "rooms": [', "", 0
    for place, each in enumerate(exporters()):
        comma = ",\n" if place else "\n"
        label = {"key": each.key, "label": str(each.label)}
        yield f'{comma}{{"room": {_json(label)}, "records": [', each.key, 0
        for row_no, row in enumerate(each.export(person)):
            yield f"{',' if row_no else ''}\n{_json(row)}", each.key, 1
        yield "]}", "", 0
    yield "\n]}\n", "", 0


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
