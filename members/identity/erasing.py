"""A person leaves every identifier, so that nothing leads to them; a later visit makes a new member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.identity.cipher import value_decrypt
from members.identity.models import (
    Identity,
    IdentityConflict,
    IdentityReport,
    MemberMerge,
    MergeMove,
    MergeState,
)
from scrm.core.persons import (
    Person,
    eraser_register,
    exporter_register,
    kept_register,
    value_without,
    words_in,
)
from scrm.tenants.wording import label_of, one_after_another


def _identities(person: Person, _limit: int) -> int:
    rows = Identity.objects.filter(member_id__in=person.member_ids)
    return rows.delete()[0]


def _conflicts(person: Person, _limit: int) -> int:
    rows = IdentityConflict.objects.filter(
        Q(kept_id__in=person.member_ids) | Q(other_id__in=person.member_ids)
    )
    return rows.delete()[0]


def _merges(person: Person) -> QuerySet[MemberMerge]:
    return MemberMerge.objects.filter(
        Q(source_id__in=person.member_ids) | Q(target_id__in=person.member_ids)
    )


def _moves(person: Person, limit: int) -> int:
    """What a split would need: an erased person is never split again."""
    rows = MergeMove.objects.filter(merge__in=_merges(person)).order_by("pk")
    keys = list(rows.values_list("pk", flat=True)[:limit])
    MergeMove.objects.filter(pk__in=keys).delete()
    return len(keys)


def _reasons(person: Person, _limit: int) -> int:
    pattern, done = words_in(person.words), 0
    for merge in _merges(person):
        told = [
            value_without(getattr(merge, name), pattern)
            for name in ("reason", "revert_reason", "snapshot")
        ]
        if told != [merge.reason, merge.revert_reason, merge.snapshot]:
            merge.reason, merge.revert_reason, merge.snapshot = told
            merge.save(update_fields=["reason", "revert_reason", "snapshot", "updated_at"])
            done += 1
    return done


def _blockers(person: Person) -> Sequence[str | Promise]:
    moving = _merges(person).filter(state__in=[MergeState.MOVING, MergeState.REVERTING])
    return [_("这个会员正在合并或拆分，请稍后再试")] if moving.exists() else []


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    for row in Identity.objects.filter(member_id__in=person.member_ids).order_by("pk"):
        yield {
            "type": row.type,
            "scope": row.scope,
            "value": row.value or value_decrypt(row.value_enc),
            "source": row.source,
            "seen_at": row.seen_at,
            "verified_at": row.verified_at,
        }


eraser_register(
    "identities",
    order=11,
    label=_("身份标识"),
    erase=_identities,
    tables=[label_of(Identity)],
    is_instant=True,
    blockers=_blockers,
    count=lambda person: Identity.objects.filter(member_id__in=person.member_ids).count(),
)
eraser_register(
    "merges",
    order=15,
    label=_("身份冲突与合并记录"),
    erase=one_after_another(_conflicts, _moves, _reasons),
    tables=[label_of(IdentityConflict), label_of(MemberMerge), label_of(MergeMove)],
)
exporter_register("identities", order=11, label=_("身份标识"), export=_export)
kept_register(label_of(IdentityReport), why="counts and public ids of a night")
