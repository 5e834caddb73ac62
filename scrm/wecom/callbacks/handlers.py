"""What each kind of callback makes us do. All of it may happen again, late, or in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.core import clock
from scrm.wecom.callbacks.parser import ContactFact, Fact, MemberFact, PartyFact, TagFact
from scrm.wecom.contacts.departments import departments_told
from scrm.wecom.contacts.members import member_gone, member_renamed, member_told
from scrm.wecom.contacts.rules import RANKS, Rank
from scrm.wecom.contacts.services import Told, contacts_told
from scrm.wecom.contacts.tags import tag_gone, tags_told
from scrm.wecom.errors import WeComRefused
from scrm.wecom.gateway import gateway_for

if TYPE_CHECKING:
    from scrm.wecom.gateway import ContactFollows
    from scrm.wecom.models import WeComCorp

# "No friendship", "invalid customer", "member outside the scope": WeCom shows us nothing there.
NOTHING_TO_SEE = frozenset({84061, 40096, 60011, 60111, 40003, 46004})
TRIES_FOR_A_FRESH_FRIEND = 3


class NotYet(Exception):
    """WeCom's list does not show it yet: try again shortly."""


def fact_handle(*, corp: WeComCorp, fact: Fact, tries: int) -> bool:
    """Act on the fact; False if there is nothing to do for its kind. Network first, then one transaction."""
    if isinstance(fact, ContactFact):
        return _contact(corp, fact, tries)
    if isinstance(fact, TagFact):
        return _tag(corp, fact)
    if isinstance(fact, MemberFact):
        return _member(corp, fact)
    if isinstance(fact, PartyFact):
        return _parties(corp)
    return False


def _contact(corp: WeComCorp, fact: ContactFact, tries: int) -> bool:
    rank = RANKS.get(fact.change)
    if rank is None and fact.change != "edit_external_contact":
        return False
    pulled: ContactFollows | None = None
    if rank is None or rank in {Rank.HALF, Rank.ADDED}:
        pulled = _pull(corp, fact.external_userid)
        if pulled is None and rank is None:
            return False
        if pulled is None and rank is Rank.ADDED:
            if tries < TRIES_FOR_A_FRESH_FRIEND:
                raise NotYet
            return False  # it ended before we could look; the event of its end says the rest
    follow = next((f for f in pulled.follows if f.userid == fact.userid), None) if pulled else None
    contacts_told(
        corp=corp,
        told=[
            Told(
                userid=fact.userid,
                external_userid=fact.external_userid,
                rank=rank,
                at=fact.at,
                contact=pulled.contact if pulled else None,
                follow=follow,
                state=fact.state,
            )
        ],
    )
    return True


def _pull(corp: WeComCorp, external_userid: str) -> ContactFollows | None:
    try:
        return gateway_for(corp).contact_pull(external_userid)
    except WeComRefused as refused:
        if refused.errcode in NOTHING_TO_SEE:
            return None
        raise


def _tag(corp: WeComCorp, fact: TagFact) -> bool:
    if fact.change == "delete":
        tag_gone(corp=corp, id=fact.id, is_group=fact.is_group)
        return True
    if fact.change not in {"create", "update", "shuffle"}:
        return False
    change = {"create": "created", "update": "updated", "shuffle": "shuffled"}[fact.change]
    gateway = gateway_for(corp)
    if not fact.id:
        tags_told(corp=corp, groups=gateway.tags(), change=change, is_complete=True)
        return True
    try:
        groups = (
            gateway.tags(group_ids=[fact.id]) if fact.is_group else gateway.tags(tag_ids=[fact.id])
        )
    except WeComRefused as refused:
        if refused.errcode != 40068:  # noqa: PLR2004 - unknown tag
            raise
        tag_gone(corp=corp, id=fact.id, is_group=fact.is_group)
        return True
    tags_told(corp=corp, groups=groups, change=change)
    return True


def _member(corp: WeComCorp, fact: MemberFact) -> bool:
    if fact.change == "delete_user":
        member_gone(corp=corp, userid=fact.userid, at=fact.at)
        return True
    if fact.change not in {"create_user", "update_user"}:
        return False
    if fact.new_userid:
        member_renamed(corp=corp, userid=fact.userid, new_userid=fact.new_userid)
    userid = fact.new_userid or fact.userid
    try:
        member = gateway_for(corp).member_get(userid)
    except WeComRefused as refused:
        if refused.errcode not in NOTHING_TO_SEE:
            raise
        return False
    member_told(corp=corp, members=[member], at=clock.now())
    return True


def _parties(corp: WeComCorp) -> bool:
    """The whole tree again: a department that moved takes others along."""
    try:
        parties = gateway_for(corp).departments()
    except WeComRefused:
        return False  # the directory is kept from this application
    departments_told(corp=corp, parties=parties, at=clock.now())
    return True
