"""Addresses of activity, stages, pools and the first screening."""

from __future__ import annotations

from datetime import UTC, datetime

from members.activity.rules import ActivityFact
from members.activity.services import activity_take
from members.identity.rules import Claim
from members.lifecycle.services import pulses_make
from members.people.models import Member
from members.pools.models import Screening
from members.pools.screening import screenings_open
from members.pools.services import pools_move
from tests.factories.members import member
from tests.rules.urls.rows import Api, Page

_AT = datetime(2026, 1, 15, 4, tzinfo=UTC)


def objects() -> dict[str, str]:
    person = member(phone="13800007701")
    activity_take(
        [
            ActivityFact(
                event_id="of-a",
                name="visit",
                claims=(Claim("phone", "13800007701"),),
                occurred_at=_AT,
            )
        ]
    )
    pulses_make()
    pools_move([person.pk], to="territory", reason="of A")
    found = {"pooled": person.public_id}
    for key in ("screening", "screening_api", "screening_page"):
        who: Member = member()
        screenings_open([who.pk])
        found[key] = Screening.objects.get(member=who).public_id
    return found


_MEMBER = {"public_id": "{pooled}"}
_EVENT = {
    "event_id": "e-1",
    "name": "visit",
    "identities": [{"type": "phone", "value": "13800000001"}],
    "occurred_at": "2026-01-15T12:00:00+08:00",
}

ROWS = [
    Api("events", "POST", body={"events": [_EVENT]}),
    Api("member-events", path=_MEMBER),
    Api("member-pulse", path=_MEMBER),
    Api("member-stage-moves", path=_MEMBER),
    Api("member-pool-moves", path=_MEMBER),
    Api("pools"),
    Api("pool-moves"),
    Api(
        "pool-moves",
        "POST",
        body={"members": ["{pooled}"], "pool": "core", "reason": "x"},
    ),
    Api("core-actions"),
    Api("core-actions", "PUT", body={"actions": [{"event": "order.paid", "least": 100}]}),
    Api("screenings"),
    Api("screenings", "POST", body={"screenings": ["{screening}"], "verdict": "pass"}),
    Api(
        "screening-verdict",
        "POST",
        path={"public_id": "{screening_api}"},
        body={"verdict": "hold"},
    ),
    Page("pools"),
    Page("pools-screening"),
    Page("pools-screening", query={"verdict": "pending", "bypass": "true"}),
    Page("pools-moves"),
    Page("pools-actions"),
    Page("pools-actions", "POST", data={"times_order.paid": "1", "least": "100"}, owner=302),
    Page("pools-screening-pass", query={"ids": "{screening}"}),
    Page(
        "pools-screening-pass", "POST", query={"ids": "{screening}"}, data={"note": ""}, owner=302
    ),
    Page("pools-screening-hold", query={"ids": "{screening}"}),
    Page(
        "pools-screening-hold", "POST", query={"ids": "{screening}"}, data={"note": ""}, owner=302
    ),
    Page("pools-screening-reject", query={"ids": "{screening}"}),
    Page(
        "pools-screening-reject", "POST", query={"ids": "{screening}"}, data={"note": ""}, owner=302
    ),
    Page(
        "pools-verdict",
        "POST",
        path={"screening_id": "{screening_page}", "verdict": "reject"},
        owner=302,
    ),
    Page("members-pool", query={"ids": "{pooled}"}),
    Page(
        "members-pool",
        "POST",
        query={"ids": "{pooled}"},
        data={"pool": "core", "reason": "x"},
        owner=302,
    ),
]
