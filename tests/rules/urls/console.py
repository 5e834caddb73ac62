"""What the console keeps for each person: notices, undo, views of lists."""

from __future__ import annotations

from scrm.events.models import Notice
from scrm.events.notices import NOTICE_KINDS, notice_kind_register, notify
from tests.rules.urls.rows import Page

_KIND = "tests.notice"


def objects() -> dict[str, str]:
    if _KIND not in NOTICE_KINDS:
        notice_kind_register(_KIND, "walls")
    notify(_KIND, title="of A", page="home")
    return {"notice": Notice.objects.get().public_id}


ROWS = [
    Page("notices"),
    Page("notices-menu"),
    Page("notices-count"),
    Page("notice", path={"notice_id": "{notice}"}, owner=302),
    Page("notices-read", "POST", owner=302),
    Page("views-new", query={"list": "notices", "query": "state=unread"}),
    Page("views-new", "POST", query={"list": "notices"}, data={"name": "未读"}, owner=302),
    Page("views-delete", "POST", path={"view_id": "view_unknown"}, owner=404, colleague=404),
    Page("views-default", "POST", query={"list": "notices"}, owner=302),
    Page("list-columns", "POST", query={"list": "notices"}, data={"col": "kind"}, owner=204),
    # Nobody but its author may take an act back: for everybody else it is not there.
    Page("undo", "POST", path={"undo_id": "undo_unknown"}, owner=404, colleague=404),
]
