"""Save, change and put away segments."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members.segments.models import Segment
from members.segments.rules import rule_json
from members.segments.selectors import Rule, segment_get
from members.segments.sets import rule_checked, rule_count
from members.segments.uses import uses_of
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidValue, NotFound
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.bus import publish

_LONGEST = 60


class SegmentNameTaken(DomainError):
    """Another segment in use has this name."""

    code = "segment_name_taken"
    kind = ErrorKind.CONFLICT


def segment_create(*, name: str, rule: Rule, description: str = "") -> Segment:
    """A new segment, counted once."""
    checked = rule_checked(rule)
    segment = Segment(rule=rule_json(checked), created_by=current_actor().label)
    _saved(segment, name=name, description=description)
    record(
        "segments.created",
        object_type="segment",
        object_id=segment.public_id,
        after={"name": segment.name, "rule": segment.rule},
    )
    return segment


def segment_update(
    *,
    public_id: str,
    name: str | None = None,
    rule: Rule | None = None,
    description: str | None = None,
) -> Segment:
    """Change what is given and count again."""
    with transaction.atomic():
        found = segment_get(public_id)
        segment = Segment.objects.select_for_update(of=("self",)).get(pk=found.pk)
        before = {"name": segment.name, "rule": segment.rule}
        if rule is not None:
            segment.rule = rule_json(rule_checked(rule))
        _saved(
            segment,
            name=segment.name if name is None else name,
            description=segment.description if description is None else description,
        )
        record(
            "segments.updated",
            object_type="segment",
            object_id=segment.public_id,
            before=before,
            after={"name": segment.name, "rule": segment.rule},
        )
    return segment


def _saved(segment: Segment, *, name: str, description: str) -> None:
    segment.name, segment.description = name.strip(), description.strip()[:200]
    if not 0 < len(segment.name) <= _LONGEST:
        raise InvalidValue("a segment needs a name of up to 60 characters", pointer="/name")
    segment.size, segment.counted_at = rule_count(segment.rule), clock.now()
    try:
        with transaction.atomic():
            segment.save()
            publish("segment.changed", payload={"segment_id": segment.pk, "size": segment.size})
    except IntegrityError as error:
        if "segment_name" not in str(error):
            raise
        raise SegmentNameTaken("another segment has this name", pointer="/name") from error


@transaction.atomic
def segment_recount(*, public_id: str) -> Segment:
    """Count a segment anew."""
    segment = segment_get(public_id)
    segment.size, segment.counted_at = rule_count(segment.rule), clock.now()
    segment.save(update_fields=["size", "counted_at", "updated_at"])
    return segment


class SegmentInUse(DomainError):
    """Something that has yet to run reads this segment."""

    code = "segment_in_use"
    kind = ErrorKind.CONFLICT


@transaction.atomic
def segment_archive(*, public_id: str, anyway: bool = False) -> Segment:
    """Put a segment away; SegmentInUse while something that has yet to run reads it, unless ``anyway``."""
    segment = segment_get(public_id)
    running = [use for use in uses_of([segment.pk])[segment.pk] if use.is_running]
    if running and not anyway:
        raise SegmentInUse(
            _("还有 %(count)s 处在使用这个人群：%(names)s")
            % {"count": len(running), "names": _("、").join(use.title for use in running[:5])},
            uses=[f"{use.kind} {use.title}" for use in running[:20]],
        )
    segment.archived_at = clock.now()
    segment.save(update_fields=["archived_at", "updated_at"])
    record(
        "segments.archived",
        object_type="segment",
        object_id=segment.public_id,
        before={"name": segment.name},
    )
    return segment


def segment_restore(*, public_id: str) -> Segment:
    """Take an archived segment back into use; SegmentNameTaken if its name has a new bearer."""
    with transaction.atomic():
        segment = (
            Segment.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
        )
        if segment is None:
            raise NotFound
        if segment.archived_at is None:
            return segment
        segment.archived_at = None
        _saved(segment, name=segment.name, description=segment.description)
        record(
            "segments.restored",
            object_type="segment",
            object_id=segment.public_id,
            after={"name": segment.name},
        )
    return segment


def segments_refresh() -> dict[str, int]:
    """Nightly: count every segment whose rule still runs."""
    done = failed = 0
    for segment in Segment.objects.filter(archived_at=None).order_by("pk"):
        try:
            segment_recount(public_id=segment.public_id)
            done += 1
        except DomainError:  # a field went away with its app; the list shows the rule as void
            failed += 1
    return {"segments": done, "void": failed}
