"""Who wears computed tags: settled every night, and for the members of a fact as it happens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import structlog
from django.db import transaction

from members.people.selectors import living_ids
from members.tags.corp.wishes import marks_wish
from members.tags.definitions import definition_fields, wanted_of
from members.tags.models import Tag, TagKind, TagState
from members.tags.rules import COMPUTED, NO_LONGER
from members.tags.services import worn_publish
from members.tags.store import Settled, days_write, tag_settle
from scrm.core import clock
from scrm.core.errors import DomainError
from scrm.tenants.context import current_tenant

log = structlog.get_logger(__name__)
_MOST_AT_ONCE = 5_000


def _in_use(kinds: Collection[str] = COMPUTED) -> list[Tag]:
    found = Tag.objects.filter(kind__in=list(kinds), state=TagState.ACTIVE, archived_at=None)
    return list(found.order_by("pk"))


@transaction.atomic
def tag_evaluate(
    tag_id: int, *, day: date | None = None, member_ids: Collection[int] | None = None
) -> Settled:
    """Settle one computed tag for these members or for all; InvalidRule if a field of its rule is gone."""
    # The lock makes two evaluations of a tag wait for each other instead of for each other's rows.
    tag = Tag.objects.select_for_update(of=("self",), no_key=True).get(pk=tag_id)
    if tag.kind not in COMPUTED or tag.state != TagState.ACTIVE or tag.archived_at is not None:
        return Settled()
    today = day or clock.local_date(clock.now(), current_tenant().timezone)
    settled = tag_settle(
        wanted_of(tag.kind, tag.definition, day=today, member_ids=member_ids),
        tag_id=tag.pk,
        source=tag.kind,
        version=tag.version,
        cause=NO_LONGER,
        member_ids=member_ids,
    )
    if member_ids is None:
        Tag.objects.filter(pk=tag.pk).update(evaluated_at=clock.now())
    names = {tag.pk: tag.name}
    on, off = [(tag.pk, key) for key in settled.on], [(tag.pk, key) for key in settled.off]
    worn_publish(on, names, source=tag.kind)
    worn_publish(off, names, source=tag.kind, event="member.untagged")
    marks_wish(on, is_wanted=True)
    marks_wish(off, is_wanted=False)
    return settled


def tags_touch(member_ids: Collection[int], changed: frozenset[str]) -> int:
    """Something these members' tags may be made of has changed; how many tags went on or came off."""
    tags = [tag for tag in _in_use() if _reads(tag, changed)]
    if not tags or not member_ids:
        return 0
    total = 0
    wanted = sorted(set(living_ids(member_ids, lock=True).values()))
    for start in range(0, len(wanted), _MOST_AT_ONCE):
        for tag in tags:
            part = wanted[start : start + _MOST_AT_ONCE]
            settled = _evaluated(tag, day=None, member_ids=part)
            total += len(settled.on) + len(settled.off)
    return total


def _reads(tag: Tag, changed: frozenset[str]) -> bool:
    try:
        return bool(definition_fields(tag.kind, tag.definition) & changed)
    except DomainError:  # a rule that cannot be read any more is shown as void
        return False


def _evaluated(tag: Tag, *, day: date | None, member_ids: Collection[int] | None) -> Settled:
    try:
        return tag_evaluate(tag.pk, day=day, member_ids=member_ids)
    except DomainError as refusal:
        log.warning("tag_void", tag=tag.public_id, code=refusal.code)
        return Settled()


def rules_over_tags() -> int:
    """Settle every rule that asks for tags, for everybody; how many tags went on or came off."""
    total = 0
    for tag in _in_use([TagKind.RULE]):
        if _reads(tag, frozenset({"tags"})):
            settled = _evaluated(tag, day=None, member_ids=None)
            total += len(settled.on) + len(settled.off)
    return total


def statistical_run(as_of: date) -> dict[str, int]:
    """Nightly, before what reads them: tags of figures, and of algorithms."""
    return _run([TagKind.STATISTICAL, TagKind.ALGORITHMIC], as_of)


def rules_run(as_of: date) -> dict[str, int]:
    """Nightly, after what rules read; then every tag's wearers of the day are kept."""
    counts = _run([TagKind.RULE], as_of)
    return {**counts, "days": days_write(as_of)}


def _run(kinds: Collection[str], as_of: date) -> dict[str, int]:
    counts = {"tags": 0, "on": 0, "off": 0, "changed": 0}
    for tag in _in_use(kinds):
        settled = _evaluated(tag, day=as_of, member_ids=None)
        counts["tags"] += 1
        counts["on"] += len(settled.on)
        counts["off"] += len(settled.off)
        counts["changed"] += settled.moved
    return counts
