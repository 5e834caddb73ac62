"""A person leaves the pushes: nothing more is sent to them, and what was sent no longer says to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from communities.outreach.models import Push, PushBatch, PushMedia, PushRecipient
from communities.outreach.rules import BatchState, Reason, RecipientState
from members.segments.erasing import rule_without
from scrm.core.persons import (
    Person,
    eraser_register,
    exporter_register,
    kept_register,
    words_in,
)
from scrm.tenants.wording import key_words, label_of, one_after_another, rows_holding, texts_out

# A call to WeCom is under way, or its answer is being looked for by whom it named.
_BUSY = (BatchState.CLAIMED, BatchState.SENDING, BatchState.UNKNOWN)


def _mine(person: Person) -> QuerySet[PushRecipient]:
    return PushRecipient.objects.filter(member_id__in=person.member_ids)


def _letters(person: Person, limit: int) -> int:
    """A text that was written to this person alone."""
    alone = PushBatch.objects.filter(pk__in=_mine(person).values("batch_id"), size=1)
    keys = list(alone.exclude(text="").order_by("pk").values_list("pk", flat=True)[:limit])
    PushBatch.objects.filter(pk__in=keys).update(text="")
    return len(keys)


def _recipients(person: Person, limit: int) -> int:
    waiting = _mine(person).filter(state=RecipientState.QUEUED)
    done = waiting.update(state=RecipientState.SUPPRESSED, reason=Reason.OPT_OUT)
    keys = list(_mine(person).exclude(external_userid="").values_list("pk", flat=True)[:limit])
    PushRecipient.objects.filter(pk__in=keys).update(external_userid="")
    return done + len(keys)


def _rules(person: Person, limit: int) -> int:
    """The rule of a push names whom it was for, as that of a segment does."""
    pattern, done = words_in(person.words), 0
    for push in Push.objects.filter(pk__in=rows_holding(Push, ["rule"], person.words)):
        rule = rule_without(push.rule, pattern)
        if rule != push.rule and done < limit:
            Push.objects.filter(pk=push.pk).update(rule=rule)
            done += 1
    return done


def _blockers(person: Person) -> Sequence[str | Promise]:
    busy = _mine(person).filter(batch__state__in=_BUSY)
    return [_("正在向这个会员发送推送，请几分钟后再试")] if busy.exists() else []


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    rows = _mine(person).order_by("pk")
    yield from rows.values("state", "sent_at", push_name=F("push__name"), text=F("push__text"))


eraser_register(
    "pushes",
    order=220,
    label=_("推送记录"),
    erase=one_after_another(
        _letters,
        _recipients,
        texts_out(PushBatch, "text", "error", words=key_words),
        _rules,
        texts_out(Push, "name", "text", "attachments", words=key_words),
    ),
    tables=[label_of(Push), label_of(PushBatch), label_of(PushRecipient)],
    count=lambda person: _mine(person).count(),
    blockers=_blockers,
)
exporter_register("pushes", order=220, label=_("推送记录"), export=_export)
kept_register(label_of(PushMedia), why="the brand's own pictures")
