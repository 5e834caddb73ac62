"""What an operator would make on the first morning: a contact code and three audiences."""

from __future__ import annotations

from typing import Any

from communities.acquisition.models import ContactCode
from communities.acquisition.services import contact_code_create
from members.segments.models import Segment
from members.segments.services import segment_create
from scrm.wecom.models import Staff

CODE_NAME = "门店海报"
WELCOME = "你好 {昵称}，欢迎来到我们的会员群！新会员首单双倍积分，有任何问题随时找我。"
AUDIENCES: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "近一年消费满 200 元的企微好友",
        {
            "all": [
                {"field": "member.is_wecom_friend", "op": "is", "value": True},
                {"field": "orders.window_net", "op": "gte", "value": 20_000},
            ]
        },
    ),
    (
        "沉睡 180 天以上的老客",
        {
            "all": [
                {"field": "orders.count", "op": "gte", "value": 2},
                {"field": "orders.last_paid_days", "op": "gte", "value": 180},
            ]
        },
    ),
    ("全部企微好友", {"all": [{"field": "member.is_wecom_friend", "op": "is", "value": True}]}),
)


def starters_make() -> None:
    """Make what is missing by name; running it again adds nothing."""
    if not ContactCode.objects.filter(name=CODE_NAME).exists():
        staff = list(
            Staff.objects.filter(is_contact=True)
            .order_by("id")
            .values_list("userid", flat=True)[:4]
        )
        contact_code_create(name=CODE_NAME, staff=staff, tags=["门店新客"], welcome_text=WELCOME)
    known = set(Segment.objects.values_list("name", flat=True))
    for name, rule in AUDIENCES:
        if name not in known:
            segment_create(name=name, rule=rule)
