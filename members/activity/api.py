"""Activity by REST."""

from __future__ import annotations

from django.db.models import QuerySet

from members.activity import serializers as shapes
from members.activity.doors import BatchAnswered, events_take, member_events
from members.activity.models import Activity
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.serializers import ListQuery
from scrm.api.views import ApiView

_WHO = [{"type": "openid", "scope": "wx123", "value": "oA1b2"}]


class Events(ApiView):
    """What people do."""

    scope_write = "events.write"
    tag = "activity"

    @operation(
        "events_take",
        "Take up to 500 activity events, each once by its id; a refused one leaves the others alone.",
        description="Unknown identifiers make a member. A name nobody registered is kept, counts as activity "
        "and is answered with `is_known_name` false. Answers stand at the places of the events.",
        body=shapes.EventBatchIn,
        answer=shapes.EventBatchOut,
        errors=("busy",),
        examples={
            "a visit and a use": {
                "events": [
                    {
                        "event_id": "visit-1",
                        "name": "visit",
                        "identities": _WHO,
                        "occurred_at": "2026-03-01T10:15:00+08:00",
                        "channel": "mini_program",
                        "seconds": 95,
                        "props": {"page": "shelf"},
                    },
                    {
                        "event_id": "use-1",
                        "name": "app_use",
                        "identities": _WHO,
                        "occurred_at": "2026-03-01T10:15:00+08:00",
                    },
                ]
            }
        },
    )
    def post(self) -> BatchAnswered:
        return events_take(self.body["events"])


class MemberEvents(ApiView):
    """What one member did."""

    scope_read = "members.view"
    tag = "activity"

    @operation(
        "member_events_list", "What the member did, newest first.",
        query=ListQuery, answer=shapes.EventOut, is_list=True, order=("-occurred_at", "-id"),
    )  # fmt: skip
    def get(self, public_id: str) -> QuerySet[Activity]:
        return member_events(public_id)


route_register("events", Events, "events")
route_register("members/<str:public_id>/events", MemberEvents, "member-events")
