"""Corp tags, and marking customers with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.gateway.calls import Calls
from scrm.wecom.gateway.types import Tag, TagGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrm.wecom.client import Json
    from scrm.wecom.gateway.reader import Reader


class TagCalls(Calls):
    """No callback results from these: whoever calls them updates our own rows."""

    def tags(
        self, *, tag_ids: Sequence[str] = (), group_ids: Sequence[str] = ()
    ) -> tuple[TagGroup, ...]:
        """All living groups; asked by id, deleted ones come with ``deleted``."""
        body: Json = {}
        if tag_ids:
            body["tag_id"] = list(tag_ids)
        if group_ids:
            body["group_id"] = list(group_ids)
        answer = self._post("externalcontact/get_corp_tag_list", body)
        return tuple(_group(row) for row in answer.objects("tag_group"))

    def tag_add(
        self, *, names: Sequence[str], group_id: str = "", group_name: str = ""
    ) -> TagGroup:
        """Add tags to a group, found by id or name, or made; a name that exists is returned as it is."""
        body: Json = {"tag": [{"name": name} for name in names], "agentid": self.corp.agent_id}
        if group_id:
            body["group_id"] = group_id
        else:
            body["group_name"] = group_name
        return _group(self._post("externalcontact/add_corp_tag", body).object("tag_group"))

    def tag_edit(self, *, id: str, name: str | None = None, order: int | None = None) -> None:
        """Rename or reorder a tag or a group that this application made."""
        body: Json = {"id": id, "agentid": self.corp.agent_id}
        if name is not None:
            body["name"] = name
        if order is not None:
            body["order"] = order
        self._post("externalcontact/edit_corp_tag", body)

    def tag_delete(self, *, tag_ids: Sequence[str] = (), group_ids: Sequence[str] = ()) -> None:
        """Delete tags and groups that this application made; the last tag takes its group along."""
        body: Json = {"agentid": self.corp.agent_id}
        if tag_ids:
            body["tag_id"] = list(tag_ids)
        if group_ids:
            body["group_id"] = list(group_ids)
        self._post("externalcontact/del_corp_tag", body)

    def tag_mark(
        self,
        *,
        userid: str,
        external_userid: str,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> None:
        """Mark and unmark one customer of one member."""
        body: Json = {"userid": userid, "external_userid": external_userid}
        if add:
            body["add_tag"] = list(add)
        if remove:
            body["remove_tag"] = list(remove)
        self._post("externalcontact/mark_tag", body)


def _group(row: Reader) -> TagGroup:
    return TagGroup(
        group_id=row.need("group_id"),
        name=row.text("group_name"),
        order=row.integer("order"),
        deleted=row.flag("deleted"),
        tags=tuple(
            Tag(
                tag_id=tag.need("id"),
                name=tag.text("name"),
                order=tag.integer("order"),
                deleted=tag.flag("deleted"),
            )
            for tag in row.objects("tag")
        ),
    )
