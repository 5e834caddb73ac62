"""A person leaves the member's own row and the ways they came by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from members.people.models import Member, MemberStatus, SourceTouch
from members.segments.dirty import PERSON, mark_dirty
from scrm.core import clock
from scrm.core.persons import Person, eraser_register, exporter_register
from scrm.tenants.context import require_tenant_id
from scrm.tenants.wording import label_of, one_after_another, texts_out

# What an account still knows of nobody: the number and the day stay, they are the ledger's pseudonym.
_NOTHING: Mapping[str, object] = {
    "display_name": "",
    "name_grams": [],
    "gender": "",
    "birthday": None,
    "city": "",
    "phone_tail": "",
    "phone_masked": "",
    "phone_enc": "",
    "is_wecom_friend": False,
    "wecom_added_at": None,
    "is_opted_out": True,
}
_TWINLESS = """
    DELETE FROM members_sourcetouch t WHERE t.tenant_id = %(tenant)s AND t.member_id = ANY(%(members)s)
       AND t.state <> '' AND EXISTS (
           SELECT 1 FROM members_sourcetouch k WHERE k.tenant_id = %(tenant)s AND k.member_id = t.member_id
              AND k.source = t.source AND k.at = t.at AND (k.state = '' OR (k.state <> '' AND k.id < t.id)))
"""


def _member(person: Person, _limit: int) -> int:
    """Empty the living account and everybody merged into it; the living one is erased from now on."""
    columns = {field.name for field in Member._meta.get_fields()}  # noqa: SLF001 - Django's own door
    nothing = dict(_NOTHING) | ({"occupation": ""} if "occupation" in columns else {})
    rows = Member.objects.filter(pk__in=person.member_ids)
    rows.update(**nothing, updated_at=clock.now())
    living = rows.filter(merged_into=None).exclude(status=MemberStatus.ERASED)
    done = living.update(status=MemberStatus.ERASED)
    if done:
        mark_dirty(person.member_ids, PERSON)
    return done


def _touches(person: Person, _limit: int) -> int:
    """The channel stays for the figures; what it said of the way, which may name an order, goes."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "tenant": require_tenant_id(),
            "members": list(person.member_ids),
        }
        cursor.execute(_TWINLESS, values)
    rows = SourceTouch.objects.filter(member_id__in=person.member_ids).exclude(state="")
    return rows.update(state="")


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    for member in Member.objects.filter(pk__in=person.member_ids).order_by("pk"):
        yield {
            "id": member.public_id,
            "member_no": member.member_no,
            "display_name": member.display_name,
            "gender": member.gender,
            "birthday": member.birthday,
            "city": member.city,
            "kind": member.kind,
            "status": member.status,
            "registered_at": member.registered_at,
            "is_wecom_friend": member.is_wecom_friend,
        }


def _export_touches(person: Person) -> Iterator[Mapping[str, object]]:
    rows = SourceTouch.objects.filter(member_id__in=person.member_ids).order_by("at", "pk")
    yield from rows.values("source", "at", way=F("state"))


eraser_register(
    "people",
    order=10,
    label=_("会员资料"),
    erase=_member,
    tables=[label_of(Member)],
    is_instant=True,
    count=lambda person: len(person.member_ids),
)
eraser_register(
    "touches",
    order=20,
    label=_("来源记录"),
    erase=one_after_another(_touches, texts_out(SourceTouch, "campaign")),
    tables=[label_of(SourceTouch)],
    count=lambda person: SourceTouch.objects.filter(member_id__in=person.member_ids).count(),
)
exporter_register("people", order=10, label=_("会员资料"), export=_export)
exporter_register("touches", order=20, label=_("来源记录"), export=_export_touches)
