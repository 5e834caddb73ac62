"""Order files of the two brands, in the columns any brand would send (members/orders/table.py)."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from demo.history import purchases
from demo.people import Person, person
from scrm.core.clock import zone_info
from scrm.core.money import yuan_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.brands import Brand

_HEADER = (
    "external_id", "channel", "business_account", "unionid", "phone", "name", "gender", "city",
    "placed_at", "paid_at", "completed_at", "sku", "product", "category", "qty", "subtotal",
    "refund_id", "refunded_at", "refund",
)  # fmt: skip
_GENDER = ("", "男", "女")
_GENRES = ("流行", "摇滚", "爵士", "古典", "民谣", "电子", "原声", "儿歌")
_TEAS = (
    ("冻顶乌龙", 12800),
    ("正山小种", 9800),
    ("白毫银针", 23800),
    ("茉莉龙珠", 6800),
    ("柚香单丛", 15800),
)
_TEA_CUSTOMERS = 300
TEA_FRIENDS = 120
_REFUND_PERCENT = 6


def record_shop_lines(*, brand: Brand, yesterday: date, friends: frozenset[str]) -> Iterator[str]:
    """The CDNOW history as a CSV; only WeCom friends carry a unionid, as in life."""
    yield _line(_HEADER)
    for one in purchases(yesterday=yesterday, zone=brand.timezone):
        who = person(brand.slug, one.number)
        genre = _GENRES[hashlib.sha256(one.order_no.encode()).digest()[0] % len(_GENRES)]
        yield _line(
            (
                one.order_no, who.channel, f"TY{one.number}", who.unionid if one.number in friends else "",
                who.phone, who.name, _GENDER[who.gender], who.city,
                one.placed_at.isoformat(), one.paid_at.isoformat(),
                one.completed_at.isoformat() if one.completed_at else "",
                f"CD-{genre}", f"{genre}唱片", genre, one.quantity, yuan_text(one.amount_fen), "", "", "",
            )
        )  # fmt: skip


def tea_house_lines(*, brand: Brand, yesterday: date) -> Iterator[str]:
    """A small invented history with partial refunds, for the brand that proves the walls."""
    yield _line(_HEADER)
    number = 0
    for customer in range(1, _TEA_CUSTOMERS + 1):
        who = person(brand.slug, f"{customer:05d}")
        digest = hashlib.sha256(f"{brand.slug}/{customer}".encode()).digest()
        for visit in range(1 + digest[0] % 5):
            number += 1
            yield _line(
                _tea_row(
                    brand=brand,
                    who=who,
                    yesterday=yesterday,
                    number=number,
                    pick=digest[visit + 1],
                    day_pick=digest[visit + 9],
                )
            )


def _tea_row(
    *, brand: Brand, who: Person, yesterday: date, number: int, pick: int, day_pick: int
) -> tuple[object, ...]:
    name, price = _TEAS[pick % len(_TEAS)]
    qty = 1 + pick % 2
    on = yesterday - timedelta(days=(day_pick * 3) % 400)
    placed = datetime.combine(on, time(10, pick % 60), tzinfo=zone_info(brand.timezone)).astimezone(
        UTC
    )
    done = placed + timedelta(days=2)
    order_no = f"TEA{number:05d}"
    refunded = pick % 100 < _REFUND_PERCENT
    return (
        order_no, "mini_program", f"YZ{who.number}", who.unionid, who.phone, who.name,
        _GENDER[who.gender], who.city, placed.isoformat(), (placed + timedelta(minutes=2)).isoformat(),
        done.isoformat() if on < yesterday - timedelta(days=2) else "", f"TEA-{name}", name, "茶叶", qty,
        yuan_text(price * qty), f"R-{order_no}" if refunded else "",
        (placed + timedelta(days=1)).isoformat() if refunded else "", yuan_text(price) if refunded else "",
    )  # fmt: skip


def _line(cells: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
