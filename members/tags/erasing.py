"""A person leaves what they wore and what WeCom is yet to be told of it; tags themselves are the brand's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from members.tags import models
from members.tags.models import MemberTag, TagGone, TagPush
from scrm.core.persons import Person, eraser_register, exporter_register, kept_register
from scrm.tenants.wording import label_of, members_rows_out, one_after_another


def _wishes(person: Person, limit: int) -> int:
    rows = TagPush.objects.filter(external_userid__in=person.values_of("external_userid"))
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    TagPush.objects.filter(pk__in=keys).delete()
    return len(keys)


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    worn = MemberTag.objects.filter(member_id__in=person.member_ids).order_by("at", "pk")
    yield from worn.values("source", "at", name=F("tag__name"))


eraser_register(
    "tags",
    order=50,
    label=_("标签"),
    erase=one_after_another(members_rows_out(MemberTag), members_rows_out(TagGone), _wishes),
    tables=[label_of(MemberTag), label_of(TagGone), label_of(TagPush)],
    count=lambda person: MemberTag.objects.filter(member_id__in=person.member_ids).count(),
)
exporter_register("tags", order=50, label=_("标签"), export=_export)
kept_register(
    *(
        label_of(getattr(models, name))
        for name in ("Tag", "TagDay", "TagGroup", "TagLink", "TagMerge", "TagVersion")
    ),
    why="the brand's own words about kinds of people",
)
