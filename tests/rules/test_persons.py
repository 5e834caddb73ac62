"""Every table that may hold a person says what an erase and what a merge do with it."""

from __future__ import annotations

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models

from members.identity.participants import participants
from members.people.models import Member
from scrm.core.persons import ERASERS, EXPORTERS, KEPT, eraser_register, kept_register
from tests.rules.walls.rows import tenant_models

# What a merge itself writes.
_OWN = {"members.member", "members.membermerge", "members.mergemove"}
# Tables that an erase deals with and that have no key to a member: how they follow when two become one.
_FOLLOW = {
    "analytics.friendmove": "by the external_userid, an identifier that moves",
    "communities.contactcodescan": "by the external_userid",
    "members.tagpush": "by the external_userid",
    "wecom.externalcontact": "by the external_userid",
    "wecom.followrelation": "by the contact's external_userid",
    "wecom.welcometask": "by the external_userid",
    "wecom.callbackevent": "a message as it came: history",
    "wecom.syncstate": "only an error text",
    "communities.push": "a push is of nobody; its recipients move",
    "communities.pushbatch": "its recipients move",
    "members.segment": "a rule is asked anew",
    "points.lot": "read for whom the member stands for (ADR 16)",
    "points.spend": "read for whom the member stands for (ADR 16)",
    "points.pointsaccount": "balances are joined",
}
# Words about doings, of nobody's account: facts, jobs, files, answers, searches.
_TEXTS = {
    "events.outboxevent", "events.auditlog", "events.job", "events.jobrun", "events.notice",
    "files.storedfile", "files.filepart", "files.importfile", "files.importpiece", "files.importfault",
    "files.connectorrun", "webhooks.webhookmessage", "webhooks.webhookdelivery",
    "webhooks.webhookattempt", "approvals.approval", "api.idempotencyrecord", "console.savedview",
    "console.undostep",
}  # fmt: skip
_TEXT_FIELDS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    ArrayField,
)


def points_to_member(model: type[models.Model]) -> bool:
    return any(
        field.is_relation and field.related_model is Member for field in model._meta.local_fields
    )


def may_hold_a_person(model: type[models.Model]) -> bool:
    return points_to_member(model) or any(
        isinstance(field, _TEXT_FIELDS) for field in model._meta.local_concrete_fields
    )


def labels() -> dict[str, type[models.Model]]:
    return {model._meta.label_lower: model for model in tenant_models() if may_hold_a_person(model)}


def undeclared_for_erase(found: dict[str, type[models.Model]]) -> list[str]:
    erased = {label for each in ERASERS.values() for label in each.tables}
    return sorted(found.keys() - erased - KEPT.keys())


def test_every_table_with_texts_or_members_says_what_an_erase_does() -> None:
    assert undeclared_for_erase(labels()) == []


def test_a_table_that_says_nothing_is_found() -> None:
    """The control: the same look at a registry that lacks one room."""
    found = labels()
    without = {k: v for k, v in ERASERS.items() if k != "wecom"}
    erased = {label for each in without.values() for label in each.tables}
    assert "wecom.externalcontact" in found.keys() - erased - KEPT.keys()


def test_no_table_is_both_emptied_and_kept() -> None:
    erased = [label for each in ERASERS.values() for label in each.tables]
    assert sorted(set(erased) & KEPT.keys()) == []
    assert len(erased) == len(set(erased))
    assert all(KEPT.values())


def test_only_real_tables_are_declared() -> None:
    erased = {label for each in ERASERS.values() for label in each.tables}
    known = {model._meta.label_lower for model in tenant_models()}
    assert sorted((erased | KEPT.keys()) - known) == []


def test_every_table_says_how_it_follows_a_merge() -> None:
    moved = {label for each in participants() for label in each.tables}
    erased = {label for each in ERASERS.values() for label in each.tables}
    said = moved | _OWN | set(_FOLLOW) | _TEXTS
    pointing = {label for label, model in labels().items() if points_to_member(model)}
    assert sorted(pointing - moved - _OWN) == [], (
        "a key to a member that no participant answers for"
    )
    assert sorted(erased - said) == []


def test_what_is_erased_of_a_member_is_handed_out_too() -> None:
    """A person may see what is kept before it goes."""
    assert {"people", "identities", "orders", "tags", "points", "consents", "wecom"} <= set(
        EXPORTERS
    )


def test_a_room_registers_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        eraser_register("wecom", order=1, label="x", erase=lambda _person, _limit: 0)
    with pytest.raises(ValueError, match="kept twice"):
        kept_register("wecom.staff", why="x")
