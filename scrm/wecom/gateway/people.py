"""Members, customers and their friendships."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.gateway.calls import Calls
from scrm.wecom.gateway.types import (
    Application,
    Contact,
    ContactFollows,
    Follow,
    Member,
    Page,
    Party,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrm.wecom.client import Json
    from scrm.wecom.gateway.reader import Reader

BATCH_LIMIT = 100
WHOLE_CORP = "1"
_ACTIVATED = 1


class PeopleCalls(Calls):
    """Who works here and whom they know."""

    def application(self) -> Application:
        """The bound application itself (agent/get)."""
        answer = self._get("agent/get", agentid=str(self.corp.agent_id))
        return Application(
            agent_id=answer.integer("agentid"),
            name=answer.text("name"),
            closed=bool(answer.integer("close")),
        )

    def contact_members(self) -> tuple[str, ...]:
        """User ids of the members who may have customers."""
        return self._get("externalcontact/get_follow_user_list").texts("follow_user")

    def member_get(self, userid: str) -> Member:
        answer = self._get("user/get", userid=userid)
        return Member(
            userid=answer.need("userid"),
            name=answer.text("name"),
            departments=answer.integers("department"),
            position=answer.text("position"),
            active=answer.integer("status", _ACTIVATED) == _ACTIVATED,
        )

    def member_by_code(self, code: str) -> str:
        """The userid of whoever scanned; empty for somebody from outside the corp."""
        return self._get("auth/getuserinfo", code=code).text("userid")

    def members(self) -> tuple[Member, ...]:
        """Every member in the application's view, with names where WeCom still gives them."""
        answer = self._get("user/simplelist", department_id=WHOLE_CORP, fetch_child="1")
        return tuple(
            Member(
                userid=row.need("userid"),
                name=row.text("name"),
                departments=row.integers("department"),
            )
            for row in answer.objects("userlist")
        )

    def departments(self) -> tuple[Party, ...]:
        """Every department in the application's view."""
        return tuple(
            Party(number=row.integer("id"), name=row.text("name"), parent=row.integer("parentid"))
            for row in self._get("department/list").objects("department")
        )

    def contacts_of(self, userid: str) -> tuple[str, ...]:
        """External user ids of one member's customers; empty if there are none (84061)."""
        return self._get("externalcontact/list", userid=userid).texts("external_userid")

    def contact_get(self, external_userid: str, cursor: str = "") -> ContactFollows:
        """A customer and up to 500 friendships from the cursor on."""
        answer = self._get("externalcontact/get", external_userid=external_userid, cursor=cursor)
        return ContactFollows(
            contact=_contact(answer.object("external_contact")),
            follows=tuple(_follow(row) for row in answer.objects("follow_user")),
            cursor=answer.text("next_cursor"),
        )

    def contact_pull(self, external_userid: str) -> ContactFollows:
        """A customer and all friendships, however many pages they take."""
        found = self.contact_get(external_userid)
        follows, cursor = list(found.follows), found.cursor
        while cursor:
            more = self.contact_get(external_userid, cursor)
            follows.extend(more.follows)
            cursor = more.cursor
        return ContactFollows(contact=found.contact, follows=tuple(follows))

    def contacts_batch(
        self, userids: Sequence[str], cursor: str = "", limit: int = BATCH_LIMIT
    ) -> Page[ContactFollows]:
        """Customers of up to 100 members with one friendship each, from the cursor on."""
        body: Json = {"userid_list": list(userids), "cursor": cursor, "limit": limit}
        answer = self._post("externalcontact/batch/get_by_user", body)
        rows = tuple(
            ContactFollows(
                contact=_contact(row.object("external_contact")),
                follows=(_follow(row.object("follow_info")),),
            )
            for row in answer.objects("external_contact_list")
        )
        return Page(rows=rows, cursor=answer.text("next_cursor"))

    def contact_remark(
        self,
        *,
        userid: str,
        external_userid: str,
        remark: str | None = None,
        description: str | None = None,
        phones: Sequence[str] | None = None,
    ) -> None:
        """Change what the member notes about the customer; what is None stays. No callback results."""
        body: Json = {"userid": userid, "external_userid": external_userid}
        if remark is not None:
            body["remark"] = remark
        if description is not None:
            body["description"] = description
        if phones is not None:
            # WeCom keeps the old list for an empty one; a list of one empty string clears it.
            body["remark_mobiles"] = list(phones) or [""]
        self._post("externalcontact/remark", body)


def _contact(row: Reader) -> Contact:
    return Contact(
        external_userid=row.need("external_userid"),
        name=row.text("name"),
        kind=row.integer("type", 1),
        avatar=row.text("avatar"),
        gender=row.integer("gender"),
        unionid=row.text("unionid"),
    )


def _follow(row: Reader) -> Follow:
    # externalcontact/get gives tag objects (a member's private tags have no id), the batch call ids.
    tags = row.texts("tag_id") or tuple(tag.text("tag_id") for tag in row.objects("tags"))
    return Follow(
        userid=row.need("userid"),
        createtime=row.integer("createtime"),
        remark=row.text("remark"),
        description=row.text("description"),
        phones=row.texts("remark_mobiles"),
        tag_ids=tuple(sorted(tag for tag in tags if tag)),
        state=row.text("state"),
        add_way=row.integer("add_way"),
    )
