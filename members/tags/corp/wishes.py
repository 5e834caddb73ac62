"""What WeCom shall be told: a row each, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from members.identity.selectors import external_userids_of
from members.rows import Col, rows_insert
from members.tags.models import PushKind, Tag, TagLink, TagPush
from scrm.events.bell import ring
from scrm.wecom.models import FollowRelation, RelationState, WeComCorp

_COLUMNS = (
    Col("corp_id", "bigint"),
    Col("tag_id", "bigint"),
    Col("kind", "text"),
    Col("userid", "text"),
    Col("external_userid", "text"),
    Col("is_wanted", "boolean"),
    Col("turn", "integer"),
    Col("state", "text"),
    Col("attempt", "integer"),
    Col("error", "text"),
)
# A newer wish takes the row. One that is being told keeps its lease: nobody else may call meanwhile.
_NEWER = """
    ON CONFLICT (tenant_id, corp_id, external_userid, userid, tag_id, kind) DO UPDATE SET
        is_wanted = excluded.is_wanted, turn = members_tagpush.turn + 1, not_before = NULL, error = '',
        state = CASE WHEN members_tagpush.state = 'sending' THEN 'sending' ELSE 'pending' END,
        updated_at = excluded.updated_at
"""
_FRIENDS = (RelationState.ACTIVE, RelationState.HALF)


def marks_wish(pairs: Sequence[tuple[int, int]], *, is_wanted: bool) -> int:
    """Have these (tag, member) pairs marked or unmarked for every member of staff who has them as a friend.

    Only tags that are linked to a corp tag; how many rows were written.
    """
    if not pairs:
        return 0
    links = TagLink.objects.filter(tag_id__in={tag for tag, _ in pairs}, ended_at=None)
    by_corp: dict[int, set[int]] = {}
    for corp_id, tag_id in links.values_list("corp_id", "tag_id"):
        by_corp.setdefault(corp_id, set()).add(tag_id)
    wishes: list[tuple[int, int, str, str]] = []
    for corp_id, tags in sorted(by_corp.items()):
        mine = [(tag, member) for tag, member in pairs if tag in tags]
        friends = _friends(corp_id, {member for _tag, member in mine})
        wishes += [
            (corp_id, tag, userid, customer)
            for tag, member in mine
            for userid, customer in friends.get(member, ())
        ]
    return _write(
        [(corp, tag, PushKind.MARK, userid, who, is_wanted) for corp, tag, userid, who in wishes]
    )


def tag_wish(tag: Tag, *, corp_id: int, kind: PushKind) -> int:
    """Have the tag itself made, renamed or deleted there."""
    return _write([(corp_id, tag.pk, kind, "", "", True)])


def _friends(corp_id: int, member_ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """Member → (member of staff, customer) of every friendship in that corp."""
    corp = WeComCorp.objects.get(pk=corp_id)
    customers = external_userids_of(sorted(member_ids), corp_id=corp.corp_id)
    holder = {value: member for member, values in customers.items() for value in values}
    relations = FollowRelation.objects.filter(
        corp=corp, contact__external_userid__in=list(holder), state__in=_FRIENDS
    ).order_by("pk")
    found: dict[int, list[tuple[str, str]]] = {}
    for userid, customer in relations.values_list("staff__userid", "contact__external_userid"):
        found.setdefault(holder[customer], []).append((userid, customer))
    return found


def _write(rows: Sequence[tuple[int, int, str, str, str, bool]]) -> int:
    if rows:
        # In one order, so that two who wish at once do not lock each other out.
        told = sorted((corp, tag, str(kind), *rest) for corp, tag, kind, *rest in rows)
        rows_insert(
            TagPush,
            _COLUMNS,
            [(*row, 1, "pending", 0, "") for row in told],
            conflict=_NEWER,
        )
        ring("tags")
    return len(rows)
