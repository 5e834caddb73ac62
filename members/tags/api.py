"""Tags by REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from members.people.models import Member
from members.people.serializers import MemberOut
from members.tags import serializers as shapes
from members.tags.doors import (
    TriedOut,
    definition_try,
    member_tag_off,
    member_tags_set,
    tag_coverage,
    tags_of_member,
)
from members.tags.keeping import (
    tag_create,
    tag_define,
    tag_delete,
    tag_group_create,
    tag_group_delete,
    tag_group_rename,
    tag_link,
    tag_pause,
    tag_rule_remove,
    tag_update,
)
from members.tags.merging import Joined, tag_merge, tag_merge_undo
from members.tags.models import MemberTag, Tag, TagGroup, TagVersion
from members.tags.selectors import tag_get, tag_groups, tag_versions, tag_wearers, tags_listed
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_CREATED = 201
_RULE = {"rule": {"all": [{"field": "orders.net", "op": "gte", "value": 50000}]}}
_REFUSALS = ("invalid_rule", "invalid_value", "tag_name_taken")


class _TagView(ApiView):
    scope_read = "tags.view"
    scope_write = "tags.edit"
    tag = "tags"


class TagGroupList(_TagView):
    """Headings."""

    @operation("tag_groups_list", "List tag groups.", answer=shapes.TagGroupOut, is_list=True)
    def get(self) -> QuerySet[TagGroup]:
        return tag_groups()

    @operation(
        "tag_group_create", "Make a tag group.",
        body=shapes.TagGroupIn, answer=shapes.TagGroupOut, status=_CREATED,
        errors=("invalid_value", "tag_name_taken"), examples={"by habit": {"name": "消费习惯"}},
    )  # fmt: skip
    def post(self) -> TagGroup:
        return tag_group_create(name=self.body["name"])


class TagGroupDetail(_TagView):
    """One heading."""

    @operation(
        "tag_group_change", "Rename a tag group that is not WeCom's.",
        body=shapes.TagGroupIn, answer=shapes.TagGroupOut,
        errors=("invalid_transition", "invalid_value", "tag_name_taken"),
    )  # fmt: skip
    def patch(self, public_id: str) -> TagGroup:
        return tag_group_rename(public_id=public_id, name=self.body.get("name", ""))

    @operation("tag_group_delete", "Delete an empty tag group.", errors=("tag_in_use",))
    def delete(self, public_id: str) -> None:
        tag_group_delete(public_id=public_id)


class TagList(_TagView):
    """Tags."""

    @operation(
        "tags_list", "List tags in use, newest first.",
        query=shapes.TagQuery, answer=shapes.TagOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[Tag]:
        asked = self.query
        return tags_listed(
            kind=asked.get("kind", ""), group=asked.get("group", ""), text=asked.get("q", "")
        )

    @operation(
        "tag_create",
        "Make a tag. A rule waits for the approval of a second person.",
        body=shapes.TagIn,
        answer=shapes.TagOut,
        status=_CREATED,
        errors=_REFUSALS,
        examples={
            "by hand": {"name": "爱茶"},
            "a rule": {"name": "高客单", "kind": "rule", "definition": _RULE},
        },
    )
    def post(self) -> Tag:
        return tag_create(**self.body)


class TagDetail(_TagView):
    """One tag."""

    @operation("tag_get", "A tag with the definition that holds.", answer=shapes.TagOut)
    def get(self, public_id: str) -> Tag:
        return tag_get(public_id)

    @operation(
        "tag_change", "Rename, describe or move a tag; left out stays. WeCom hears of a new name.",
        body=shapes.TagPatch, answer=shapes.TagOut, errors=("invalid_value", "tag_name_taken"),
    )  # fmt: skip
    def patch(self, public_id: str) -> Tag:
        changes: dict[str, Any] = self.body
        return tag_update(public_id=public_id, **changes)

    @operation(
        "tag_delete",
        "Put a tag away.",
        description="While members wear it, 409 `tag_in_use` says how many; with `sure=true` it is taken off "
        "them, and the history keeps that they wore it.",
        query=shapes.TagDeletion,
        errors=("tag_in_use",),
    )
    def delete(self, public_id: str) -> None:
        tag_delete(public_id=public_id, is_sure=self.query["sure"])


class TagMembers(ApiView):
    """Who wears a tag."""

    scope_read = "members.view"
    tag = "tags"

    @operation(
        "tag_members_list", "Members who wear the tag, newest key first.",
        answer=MemberOut, is_list=True,
    )  # fmt: skip
    def get(self, public_id: str) -> QuerySet[Member]:
        return tag_wearers(public_id)


class TagVersions(_TagView):
    """Definitions of a tag."""

    @operation(
        "tag_versions_list", "Every definition, newest first.",
        answer=shapes.VersionOut, is_list=True, order=("-number", "-id"),
    )  # fmt: skip
    def get(self, public_id: str) -> QuerySet[TagVersion]:
        return tag_versions(tag_get(public_id).pk).select_related("tag")

    @operation(
        "tag_define",
        "Define a computed tag anew; a rule holds once a second person approves.",
        body=shapes.DefinitionIn,
        answer=shapes.VersionOut,
        status=_CREATED,
        errors=("approval_waiting", "invalid_rule", "invalid_transition", "invalid_value"),
        examples={"a rule": {"definition": _RULE, "reason": "门槛提高"}},
    )
    def post(self, public_id: str) -> TagVersion:
        return tag_define(public_id=public_id, **self.body)


class TagDays(_TagView):
    """Coverage."""

    @operation(
        "tag_days_list", "How many wore the tag at the end of each day, the last ninety days.",
        answer=shapes.TagDayOut, is_list=True,
    )  # fmt: skip
    def get(self, public_id: str) -> Any:
        return tag_coverage(public_id)


class TagPause(_TagView):
    """A pause."""

    @operation(
        "tag_pause", "Stop settling a computed tag; whoever wears it keeps it.",
        answer=shapes.TagOut, errors=("invalid_transition",),
    )  # fmt: skip
    def post(self, public_id: str) -> Tag:
        return tag_pause(public_id=public_id, is_paused=True)


class TagResume(_TagView):
    """The end of a pause."""

    @operation(
        "tag_resume", "Settle a paused tag again.",
        answer=shapes.TagOut, errors=("invalid_transition",),
    )  # fmt: skip
    def post(self, public_id: str) -> Tag:
        return tag_pause(public_id=public_id, is_paused=False)


class TagRuleRemoval(_TagView):
    """A definition goes, the tag stays."""

    @operation(
        "tag_rule_remove",
        "Make a computed tag one to put on by hand; take it off whom the definition had tagged, or not.",
        body=shapes.RuleRemoval,
        answer=shapes.RemovedOut,
        errors=("invalid_transition",),
        examples={"undo": {"undo": True}},
    )
    def post(self, public_id: str) -> dict[str, int]:
        count = tag_rule_remove(public_id=public_id, is_undone=self.body["undo"])
        return {"members": count}


class TagMergeView(_TagView):
    """A tag becomes another."""

    @operation(
        "tag_merge",
        "Let a tag become another: its members wear that one, its history stays, its name and id mean it.",
        body=shapes.MergeIn,
        answer=shapes.MergeOut,
        errors=("busy", "invalid_transition", "invalid_value"),
        examples={"into another": {"into": "tag_0000000000000000000000000"}},
    )
    def post(self, public_id: str) -> Joined:
        return tag_merge(public_id=public_id, into=self.body["into"])


class TagMergeUndo(_TagView):
    """Two tags again."""

    @operation(
        "tag_merge_undo",
        "Take a merge of tags back: whoever changed over and still wears the tag has the old one again.",
        answer=shapes.TagOut,
        errors=("invalid_transition", "tag_name_taken"),
    )
    def post(self, public_id: str) -> Tag:
        source: Tag = tag_merge_undo(public_id=public_id).source
        return source


class TagWecom(_TagView):
    """The corp tag."""

    @operation(
        "tag_link", "Make the tag in WeCom and mark whoever wears it there.",
        answer=shapes.TagOut, errors=("invalid_transition", "invalid_value"),
    )  # fmt: skip
    def post(self, public_id: str) -> Tag:
        return tag_link(public_id=public_id)


class TagTry(ApiView):
    """A definition tried out."""

    scope_write = "tags.view"
    tag = "tags"

    @operation(
        "tag_try", "Whom a definition would tag, without saving it: the count and five of them.",
        body=shapes.TryIn, answer=shapes.TriedOut, errors=("invalid_rule", "invalid_value"),
        examples={"spenders": {"kind": "statistical", "definition": {"measure": "spend_30", "from": 50000}}},
    )  # fmt: skip
    def post(self) -> TriedOut:
        return definition_try(kind=self.body["kind"], definition=self.body["definition"])


class MemberTags(ApiView):
    """What a member wears."""

    scope_read = "members.view"
    scope_write = "members.edit"
    tag = "tags"

    @operation(
        "member_tags_list", "Tags of a member, newest first.",
        answer=shapes.MemberTagOut, is_list=True,
    )  # fmt: skip
    def get(self, public_id: str) -> list[MemberTag]:
        return tags_of_member(public_id)

    @operation(
        "member_tags_set",
        "Let the member wear these tags and no other; what definitions put on stays.",
        body=shapes.MemberTagsIn,
        answer=shapes.MemberTagsOut,
        errors=("invalid_value",),
        examples={"two": {"tags": ["爱茶", "高复购"]}},
    )
    def put(self, public_id: str) -> dict[str, list[MemberTag]]:
        return {"tags": member_tags_set(public_id=public_id, names=self.body["tags"])}


class MemberTagDetail(ApiView):
    """One tag of a member."""

    scope_write = "members.edit"
    tag = "tags"

    @operation("member_tag_remove", "Take a tag off a member.", errors=("tag_computed",))
    def delete(self, public_id: str, tag_id: str) -> None:
        member_tag_off(public_id=public_id, tag=tag_id)


route_register("tag-groups", TagGroupList, "tag-groups")
route_register("tag-groups/<str:public_id>", TagGroupDetail, "tag-group")
route_register("tags", TagList, "tags")
route_register("tags/try", TagTry, "tags-try")
route_register("tags/<str:public_id>", TagDetail, "tag")
route_register("tags/<str:public_id>/members", TagMembers, "tag-members")
route_register("tags/<str:public_id>/versions", TagVersions, "tag-versions")
route_register("tags/<str:public_id>/days", TagDays, "tag-days")
route_register("tags/<str:public_id>/pause", TagPause, "tag-pause")
route_register("tags/<str:public_id>/resume", TagResume, "tag-resume")
route_register("tags/<str:public_id>/remove-rule", TagRuleRemoval, "tag-rule-removal")
route_register("tags/<str:public_id>/merge", TagMergeView, "tag-merge")
route_register("tag-merges/<str:public_id>/undo", TagMergeUndo, "tag-merge-undo")
route_register("tags/<str:public_id>/wecom", TagWecom, "tag-wecom")
route_register("members/<str:public_id>/tags", MemberTags, "member-tags")
route_register("members/<str:public_id>/tags/<str:tag_id>", MemberTagDetail, "member-tag")
