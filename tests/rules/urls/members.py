"""Addresses of members: people, orders, segments."""

from __future__ import annotations

from tests.factories.members import order, segment
from tests.rules.urls.rows import Api, Page

_FEN = {"amount": 100, "currency": "CNY"}
_AT = "2026-01-15T04:00:00Z"


def objects() -> dict[str, str]:
    found = order(external_id="of-A", phone="13800000001")
    return {
        "member": found.member.public_id,
        "order": found.public_id,
        "segment": segment("of A").public_id,
    }


ROWS = [
    Api("members"),
    Api(
        "members",
        "POST",
        body={"identities": [{"type": "phone", "value": "13800000002"}], "occurred_at": _AT},
        owner=201,
    ),
    Api(
        "members-batch",
        "POST",
        body={"members": [{"identities": [{"type": "phone", "value": "13800000009"}]}]},
    ),
    Api("member", path={"public_id": "{member}"}),
    Api("member", "PATCH", path={"public_id": "{member}"}, body={"city": "上海"}),
    Api("member-identities", path={"public_id": "{member}"}),
    Api(
        "member-identities",
        "POST",
        path={"public_id": "{member}"},
        body={"type": "unionid", "value": "union-of-A"},
    ),
    Api("member-timeline", path={"public_id": "{member}"}),
    Api("orders"),
    Api(
        "orders",
        "POST",
        body={
            "channel": "tmall",
            "external_id": "new",
            "member": [{"type": "phone", "value": "13800000003"}],
            "paid_at": _AT,
            "lines": [{"external_id": "1", "subtotal": _FEN}],
        },
        owner=201,
    ),
    Api(
        "orders-batch",
        "POST",
        body={
            "orders": [
                {
                    "channel": "tmall",
                    "external_id": "new-2",
                    "member": [{"type": "phone", "value": "13800000004"}],
                    "placed_at": _AT,
                }
            ]
        },
    ),
    Api("order", path={"public_id": "{order}"}),
    Api(
        "order-events",
        "POST",
        path={"public_id": "{order}"},
        body={"type": "completed", "occurred_at": _AT},
    ),
    Api(
        "order-refunds",
        "POST",
        path={"public_id": "{order}"},
        body={
            "external_id": "R1",
            "occurred_at": _AT,
            "lines": [{"line": "1", "amount": _FEN}],
        },
    ),
    Api("segments"),
    Api("segments", "POST", body={"name": "new", "rule": {"all": []}}, owner=201),
    Api("segments-count", "POST", body={"rule": {"all": []}}),
    Api("segments-fields"),
    Api("segment", path={"public_id": "{segment}"}),
    Api("segment", "PATCH", path={"public_id": "{segment}"}, body={"description": "x"}),
    Api("segment-members", path={"public_id": "{segment}"}),
    Page("members-list"),
    Page("members-list", query={"q": "王", "wecom": "true", "f.orders.count": "gte:1"}),
    Page("members-new"),
    Page("members-new", "POST", data={"phone": "13800000005", "source": "store"}, owner=302),
    Page("members-tag", query={"ids": "{member}"}),
    Page("members-tag", "POST", query={"ids": "{member}"}, data={"tags": "高复购"}, owner=302),
    Page("orders-detail", path={"order_id": "{order}"}),
    Page("orders-list"),
    Page("orders-list", query={"q": "of-A", "channel": "tmall", "day_from": "2026-01-01"}),
    Page("members-untag", query={"ids": "{member}"}),
    Page("members-untag", "POST", query={"ids": "{member}"}, data={"tags": "高复购"}, owner=302),
    Page("members-glance", path={"member_id": "{member}"}, owner=302),
    Page("members-glance", path={"member_id": "{member}"}, headers={"HX-Request": "true"}),
    Page("members-detail", path={"member_id": "{member}"}),
    Page("members-detail", path={"member_id": "{member}"}, query={"tab": "identity"}),
    Page("members-edit", path={"member_id": "{member}"}),
    Page(
        "members-edit", "POST", path={"member_id": "{member}"}, data={"kind": "consumer"}, owner=302
    ),
    Page("members-phone", path={"member_id": "{member}"}),
    Page("members-phone", "POST", path={"member_id": "{member}"}, data={"reason": "回访"}),
    Page("orders-import"),
    Page("orders-import", "POST", data={"options_channel": "tmall"}, owner=422),
    Page("segments-list"),
    Page("segments-new"),
    Page("segments-new", "POST", data={"name": "new page", "rule": '{"all": []}'}, owner=302),
    Page("segments-edit", path={"segment_id": "{segment}"}),
    Page(
        "segments-edit",
        "POST",
        path={"segment_id": "{segment}"},
        data={"name": "edited", "rule": '{"all": []}'},
        owner=302,
    ),
    Page("segments-choices", query={"field": "tags", "q": "x"}),
    Page("segments-count", "POST", data={"rule": '{"all": []}'}),
]
