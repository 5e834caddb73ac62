"""A person leaves the answers that are kept for repeated calls."""

from __future__ import annotations

import json

from django.utils.translation import gettext_lazy as _

from scrm.api.idempotency import answer_open
from scrm.api.models import IdempotencyRecord
from scrm.core.persons import Person, eraser_register, value_without, words_in
from scrm.tenants.wording import label_of


def _answers(person: Person, limit: int) -> int:
    """The call stays answered, so that its repeat has no effect; what it was told is gone."""
    pattern = words_in([*person.words, *person.member_nos, *person.public_ids])
    done = 0
    for row in IdempotencyRecord.objects.order_by("pk").iterator(chunk_size=500):
        answer = json.dumps(answer_open(bytes(row.answer_sealed)), ensure_ascii=False)
        key = str(value_without(row.key, pattern))
        if key == row.key and not pattern.search(answer):
            continue
        IdempotencyRecord.objects.filter(pk=row.pk).update(key=key, answer_sealed=b"")
        done += 1
        if done >= limit:
            break
    return done


eraser_register(
    "api",
    order=950,
    label=_("接口调用的应答"),
    erase=_answers,
    tables=[label_of(IdempotencyRecord)],
)
