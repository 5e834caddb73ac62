"""A person leaves what WeCom told us: the card, the friendships, the callbacks that name them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.core.persons import (
    Person,
    eraser_register,
    exporter_register,
    kept_register,
    knower_register,
)
from scrm.tenants.wording import (
    key_words,
    label_of,
    one_after_another,
    rows_holding,
    texts_out,
)
from scrm.wecom.models import (
    CallbackEvent,
    ExternalContact,
    FollowRelation,
    InboxState,
    SyncState,
    WelcomeTask,
)

_ENDED = (InboxState.DONE, InboxState.IGNORED, InboxState.FAILED)


def _contacts(person: Person) -> QuerySet[ExternalContact]:
    externals = person.values_of("external_userid")
    known = Q(external_userid__in=externals)
    if unionids := person.values_of("unionid"):
        known |= Q(unionid__in=unionids)
    return ExternalContact.objects.filter(known)


def _know(person: Person) -> Person:
    """Names and remarks of their cards, the phones that staff noted, and every id WeCom has for them."""
    for contact in _contacts(person).select_related("corp"):
        relations = FollowRelation.objects.filter(contact=contact)
        phones = {phone for row in relations for phone in json.loads(row.phones or "[]")}
        person = person.knowing(
            names=[contact.name, contact.avatar, *(row.remark for row in relations)],
            identifiers=[
                ("external_userid", contact.corp.corp_id, contact.external_userid),
                *([("unionid", "", contact.unionid)] if contact.unionid else []),
                *(("phone", "", phone) for phone in phones),
            ],
        )
    return person


def _cards(person: Person, limit: int) -> int:
    keys = list(_contacts(person).order_by("pk").values_list("pk", flat=True)[:limit])
    FollowRelation.objects.filter(contact_id__in=keys).delete()
    ExternalContact.objects.filter(pk__in=keys).delete()
    return len(keys)


def _callbacks(person: Person, limit: int) -> int:
    """The callback stays, so that its repeat is known; what it said goes, and nobody works on it."""
    keys = rows_holding(CallbackEvent, ["raw"], person.keys)[:limit]
    rows = CallbackEvent.objects.filter(pk__in=keys)
    rows.exclude(state__in=_ENDED).update(state=InboxState.IGNORED, processed_at=clock.now())
    rows.update(raw="")
    return len(keys)


def _welcomes(person: Person, limit: int) -> int:
    rows = WelcomeTask.objects.filter(external_userid__in=person.values_of("external_userid"))
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    WelcomeTask.objects.filter(pk__in=keys).delete()
    return len(keys)


def _count(person: Person) -> int:
    return FollowRelation.objects.filter(contact__in=_contacts(person)).count()


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    relations = FollowRelation.objects.filter(contact__in=_contacts(person))
    for row in relations.select_related("contact", "staff").order_by("pk"):
        yield {
            "name": row.contact.name,
            "avatar": row.contact.avatar,
            "external_userid": row.contact.external_userid,
            "unionid": row.contact.unionid,
            "staff": row.staff.name or row.staff.userid,
            "state": row.state,
            "added_at": row.added_at,
            "deleted_at": row.deleted_at,
            "remark": row.remark,
            "description": row.description,
            "phones": json.loads(row.phones or "[]"),
        }


_told: Any = one_after_another(
    _cards,
    _callbacks,
    _welcomes,
    texts_out(CallbackEvent, "error", words=key_words),
    texts_out(SyncState, "error", words=key_words),
)
knower_register("wecom", _know)
eraser_register(
    "wecom",
    order=210,
    label=_("企微好友关系与资料"),
    erase=_told,
    count=_count,
    tables=[
        label_of(model)
        for model in (ExternalContact, FollowRelation, CallbackEvent, WelcomeTask, SyncState)
    ],
)
exporter_register("wecom", order=210, label=_("企微好友关系"), export=_export)
kept_register(
    "wecom.wecomcorp", "wecom.staff", "wecom.department", "wecom.corptag", "wecom.corptaggroup",
    why="the brand's application, people and tags, no customers",
)  # fmt: skip
