"""Addresses of tags."""

from __future__ import annotations

import json

from members.tags.keeping import tag_create, tag_group_create, tag_pause
from members.tags.merging import tag_merge
from members.tags.models import Tag
from members.tags.services import member_tag_add
from scrm.events.actor import acting_as
from tests.factories.members import member
from tests.rules.urls.rows import Api, Page

_RULE = '{"all": [{"field": "orders.net", "op": "gte", "value": 100}]}'
_SPEND = {"measure": "spend_30", "from": 1}


def objects() -> dict[str, str]:
    person = member()
    figures = tag_create(name="of A", kind="statistical", definition=_SPEND)
    with acting_as("operator", id="0", label="of A"):
        waiting = tag_create(name="rule of A", kind="rule", definition={"rule": json.loads(_RULE)})
    rests = tag_create(name="rests", kind="statistical", definition=_SPEND)
    ruled = Tag.objects.create(name="old rule of A", kind="rule", group=waiting.group)
    plain = tag_create(name="by hand of A")
    member_tag_add([person.pk], ["by hand of A"], "operator")
    return {
        "tagged": person.public_id,
        "tag": figures.public_id,
        "paused_tag": tag_pause(public_id=rests.public_id, is_paused=True).public_id,
        "rule_tag": waiting.public_id,
        "ruled_tag": ruled.public_id,
        "plain_tag": plain.public_id,
        "other_tag": tag_create(name="stays of A").public_id,
        "tag_merge": tag_merge(
            public_id=tag_create(name="went of A").public_id,
            into=tag_create(name="took of A").public_id,
        ).merge.public_id,
        "tag_group": tag_group_create(name="group of A").public_id,
    }


_TAG = {"public_id": "{tag}"}
_PAGE = {"tag_id": "{tag}"}
_GROUP = {"group_id": "{tag_group}"}

ROWS = [
    Api("tag-groups"),
    Api("tag-groups", "POST", body={"name": "new"}, owner=201),
    Api("tag-group", "PATCH", path={"public_id": "{tag_group}"}, body={"name": "other"}),
    Api("tag-group", "DELETE", path={"public_id": "{tag_group}"}, owner=204),
    Api("tags"),
    Api("tags", "POST", body={"name": "new"}, owner=201),
    Api("tags-try", "POST", body={"kind": "statistical", "definition": _SPEND}),
    Api("tag", path=_TAG),
    Api("tag", "PATCH", path=_TAG, body={"description": "x"}),
    Api("tag", "DELETE", path=_TAG, owner=204),
    Api("tag-members", path=_TAG),
    Api("tag-versions", path=_TAG),
    Api("tag-versions", "POST", path=_TAG, body={"definition": _SPEND}, owner=201),
    Api("tag-days", path=_TAG),
    Api("tag-pause", "POST", path=_TAG),
    Api("tag-resume", "POST", path={"public_id": "{paused_tag}"}),
    Api("tag-rule-removal", "POST", path=_TAG, body={"undo": True}),
    Api("tag-merge", "POST", path={"public_id": "{plain_tag}"}, body={"into": "{other_tag}"}),
    Api("tag-merge-undo", "POST", path={"public_id": "{tag_merge}"}),
    Api("tag-wecom", "POST", path={"public_id": "{plain_tag}"}),
    Api("member-tags", path={"public_id": "{tagged}"}),
    Api("member-tags", "PUT", path={"public_id": "{tagged}"}, body={"tags": ["爱茶"]}),
    Api(
        "member-tag",
        "DELETE",
        path={"public_id": "{tagged}", "tag_id": "{plain_tag}"},
        owner=204,
    ),
    Page("tags-list"),
    Page("tags-list", query={"q": "of", "kind": "statistical", "group": "{tag_group}"}),
    Page("tags-new"),
    Page("tags-new", "POST", data={"name": "new page"}, owner=302),
    Page("tags-rule"),
    Page("tags-rule", "POST", data={"name": "new rule", "rule": _RULE}, owner=302),
    Page("tags-figures"),
    Page("tags-figures", "POST", data={"name": "new figure", "measure": "churned"}, owner=302),
    Page("tags-detail", path=_PAGE),
    Page("tags-try", path=_PAGE),
    Page("tags-edit", path=_PAGE),
    Page("tags-edit", "POST", path=_PAGE, data={"name": "edited"}, owner=302),
    Page("tags-rule-define", path={"tag_id": "{rule_tag}"}),
    Page(
        "tags-rule-define",
        "POST",
        path={"tag_id": "{ruled_tag}"},
        data={"rule": _RULE},
        owner=302,
    ),
    Page("tags-figures-define", path=_PAGE),
    Page("tags-figures-define", "POST", path=_PAGE, data={"measure": "churned"}, owner=302),
    Page("tags-pause", "POST", path=_PAGE, owner=302),
    Page("tags-resume", "POST", path={"tag_id": "{paused_tag}"}, owner=302),
    Page("tags-merge", path={"tag_id": "{plain_tag}"}),
    Page(
        "tags-merge",
        "POST",
        path={"tag_id": "{plain_tag}"},
        data={"name": "stays of A"},
        owner=302,
    ),
    Page("tags-wecom", "POST", path={"tag_id": "{plain_tag}"}, owner=302),
    Page("tags-retry", "POST", path=_PAGE, owner=302),
    Page("tags-rule-remove", path=_PAGE),
    Page("tags-rule-remove", "POST", path=_PAGE, data={"keep": "undo"}, owner=302),
    Page("tags-delete", path=_PAGE),
    Page("tags-delete", "POST", path=_PAGE, data={"name": "of A"}, owner=302),
    Page("tags-group-new"),
    Page("tags-group-new", "POST", data={"name": "new page"}, owner=302),
    Page("tags-group-edit", path=_GROUP),
    Page("tags-group-edit", "POST", path=_GROUP, data={"name": "edited"}, owner=302),
    Page("tags-group-delete", "POST", path=_GROUP, owner=302),
]
