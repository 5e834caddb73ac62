"""What customers and members do with their phones. These, unlike API calls, emit events."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrm.wecom.sandbox import events
from scrm.wecom.sandbox.endpoints.contact_ways import reachable
from scrm.wecom.sandbox.endpoints.tags import delete_tags, living_tags, make_group, make_tag
from scrm.wecom.sandbox.entities import (
    ContactWay,
    Customer,
    Message,
    Relation,
    Staff,
    Tag,
    TagGroup,
    WelcomeCode,
)

if TYPE_CHECKING:
    from scrm.wecom.sandbox.emitter import Emitter
    from scrm.wecom.sandbox.world import CorpState, World

BY_QR_CODE = 1


class ActionError(Exception):
    """The deed is impossible; the text says why, in Chinese, for the page."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of a code; without an external_userid a new person appears."""

    config_id: str
    external_userid: str = ""
    name: str = ""
    phone: str = ""
    userid: str = ""
    accept: bool = True


class Actions:
    """The deeds of one corp's customers and members, each under the world's lock."""

    def __init__(self, world: World, emitter: Emitter) -> None:
        self._world = world
        self._emitter = emitter

    def scan(self, corp: CorpState, scan: Scan) -> dict[str, object]:
        """Make the friendship a code promises; scanning again changes nothing."""
        way = corp.get(ContactWay, scan.config_id)
        if way is None:
            raise ActionError("没有这个联系码，或它已被删除")
        customer = self._customer(corp, scan)
        userid = self._member_for(corp, way, customer, scan.userid)
        way.scans += 1
        self._world.put(corp.corp_id, way)
        old = corp.relation(userid, customer.external_userid)
        if old and old.full and not old.deleted_by_customer:
            return _scan_answer(old, "", new=False)
        relation = Relation(
            userid=userid,
            external_userid=customer.external_userid,
            createtime=self._world.now(),
            state=way.state,
            add_way=BY_QR_CODE,
            oper_userid=customer.external_userid,
            remark_mobiles=[customer.phone] if customer.phone else [],
            remark=old.remark if old else "",
            tags=old.tags if old else [],
            waiting=not way.skip_verify,
            half=way.skip_verify,
        )
        self._world.put(corp.corp_id, relation)
        code = ""
        if relation.half:
            code = self._welcome_code(corp, relation)
            self._emit(corp, "add_half_external_contact", relation, code)
        if scan.accept:
            code = self._accept(corp, relation) or code
        return _scan_answer(relation, code, new=True)

    def accept(self, corp: CorpState, external_userid: str, userid: str) -> None:
        """The member confirms a customer who asked, or whose code skipped the question."""
        relation = self._relation(corp, external_userid, userid)
        if relation.full:
            raise ActionError("已经是好友")
        self._accept(corp, relation)

    def customer_delete(self, corp: CorpState, external_userid: str, userid: str) -> None:
        """One-way: the member still sees the customer, and the API still works."""
        relation = self._relation(corp, external_userid, userid)
        if relation.deleted_by_customer:
            raise ActionError("客户已删除过该成员")
        relation.deleted_by_customer = True
        self._world.put(corp.corp_id, relation)
        self._emit(corp, "del_follow_user", relation)

    def staff_delete(self, corp: CorpState, external_userid: str, userid: str) -> None:
        relation = self._relation(corp, external_userid, userid)
        self._world.drop(corp.corp_id, relation)
        self._emit(corp, "del_external_contact", relation)

    def reply(self, corp: CorpState, external_userid: str, userid: str, text: str) -> None:
        """The customer writes; a half-made friendship becomes whole by talking."""
        relation = self._relation(corp, external_userid, userid)
        if relation.deleted_by_customer or relation.waiting:
            raise ActionError("双方还不是好友，消息发不出去")
        relation.last_chat_at = self._world.now()
        relation.chatted = True
        self._world.put(corp.corp_id, relation)
        message = Message(
            id=self._world.number(),
            external_userid=external_userid,
            userid=userid,
            message_kind="reply",
            at=self._world.now(),
            text=text,
        )
        self._world.put(corp.corp_id, message)
        if relation.half:
            self._accept(corp, relation)

    def edit(
        self,
        corp: CorpState,
        relation: Relation,
        *,
        remark: str | None,
        mobiles: list[str] | None,
        add_tags: list[str],
        remove_tags: list[str],
    ) -> None:
        """The member changes the customer's card: edit_external_contact."""
        tags = corp.all(Tag)
        if any(tag not in tags or tags[tag].deleted for tag in add_tags):
            raise ActionError("标签不存在")
        if remark is not None:
            relation.remark = remark
        if mobiles is not None:
            relation.remark_mobiles = mobiles
        kept = dict.fromkeys((*relation.tags, *add_tags))
        relation.tags = [tag for tag in kept if tag not in remove_tags]
        self._world.put(corp.corp_id, relation)
        self._emit(corp, "edit_external_contact", relation)

    def tag_create(self, corp: CorpState, group_name: str, name: str) -> str:
        """The administrator adds a corp tag; its group is made when it is missing."""
        if not name or not group_name:
            raise ActionError("请填写标签组和标签名")
        groups = corp.all(TagGroup).values()
        group = next((g for g in groups if g.name == group_name and not g.deleted), None)
        if group is None:
            group = make_group(self._world, corp, group_name, 0, 0)
            self._emit_tag(corp, "create", group.id, "tag_group")
        if any(t.name == name for t in living_tags(corp, group.id)):
            raise ActionError("标签名已存在")
        tag = make_tag(self._world, corp, group, name, 0)
        self._emit_tag(corp, "create", tag.id, "tag")
        return tag.id

    def tag_change(self, corp: CorpState, tag_id: str, name: str) -> None:
        """The administrator renames a tag, or deletes it when no name is given."""
        tag = corp.get(Tag, tag_id)
        if tag is None or tag.deleted:
            raise ActionError("标签不存在")
        if name:
            tag.name = name
            self._world.put(corp.corp_id, tag)
            self._emit_tag(corp, "update", tag.id, "tag")
            return
        delete_tags(self._world, corp, [tag])
        self._emit_tag(corp, "delete", tag.id, "tag")

    def _emit_tag(self, corp: CorpState, change: str, item_id: str, tag_type: str) -> None:
        event = events.external_tag(change, item_id=item_id, tag_type=tag_type)
        self._emitter.emit(corp, event, userid="", at=self._world.now())

    def relation(self, corp: CorpState, external_userid: str, userid: str) -> Relation:
        return self._relation(corp, external_userid, userid)

    # -- parts -------------------------------------------------------------------------------

    def _accept(self, corp: CorpState, relation: Relation) -> str:
        """Make the friendship whole; a welcome code only while none was used."""
        codes = corp.all(WelcomeCode).values()
        pair = (relation.userid, relation.external_userid)
        given = [
            c
            for c in codes
            if (c.userid, c.external_userid) == pair and c.created_at >= relation.createtime
        ]
        relation.half = relation.waiting = False
        self._world.put(corp.corp_id, relation)
        code = ""
        if not relation.chatted and not any(c.used for c in given):
            code = given[-1].code if given else self._welcome_code(corp, relation)
        self._emit(corp, "add_external_contact", relation, code)
        return code

    def _welcome_code(self, corp: CorpState, relation: Relation) -> str:
        code = WelcomeCode(
            code="WC" + secrets.token_urlsafe(24),
            userid=relation.userid,
            external_userid=relation.external_userid,
            created_at=self._world.clock.now(),
        )
        self._world.put(corp.corp_id, code)
        return code.code

    def _emit(
        self, corp: CorpState, change: str, relation: Relation, welcome_code: str = ""
    ) -> None:
        event = events.external_contact(
            change,
            userid=relation.userid,
            external_userid=relation.external_userid,
            state=relation.state if change.startswith("add_") else "",
            welcome_code=welcome_code,
        )
        self._emitter.emit(corp, event, userid=relation.userid, at=self._world.now())

    def _customer(self, corp: CorpState, scan: Scan) -> Customer:
        if scan.external_userid:
            known = corp.get(Customer, scan.external_userid)
            if known is None:
                raise ActionError("没有这位客户")
            return known
        if not scan.name.strip():
            raise ActionError("请填写新客户的微信昵称")
        customer = Customer(
            external_userid="wm" + secrets.token_hex(15),
            name=scan.name.strip(),
            unionid="o" + secrets.token_hex(13),
            phone=scan.phone.strip(),
        )
        self._world.put(corp.corp_id, customer)
        return customer

    @staticmethod
    def _member_for(corp: CorpState, way: ContactWay, customer: Customer, wanted: str) -> str:
        """An existing friend among the code's members first, else they take turns."""
        members = reachable(corp.all(Staff), way.user, way.party)
        if not members:
            raise ActionError("这个联系码没有可用的成员")
        if wanted:
            if wanted not in members:
                raise ActionError("该成员不在这个联系码里")
            return wanted
        friends = [m for m in members if corp.relation(m, customer.external_userid)]
        return friends[0] if friends else members[way.scans % len(members)]

    @staticmethod
    def _relation(corp: CorpState, external_userid: str, userid: str) -> Relation:
        relation = corp.relation(userid, external_userid)
        if relation is None:
            raise ActionError("他们不是好友")
        return relation


def _scan_answer(relation: Relation, code: str, *, new: bool) -> dict[str, object]:
    return {
        "external_userid": relation.external_userid,
        "userid": relation.userid,
        "state": relation.state,
        "welcome_code": code,
        "new_relation": new,
    }
