"""The kit's example list: thirty made-up members behind the real list page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from typing_extensions import override

from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Person, Tone
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, RangeFilter, Sort
from scrm.console.keyset import Slice, Total
from scrm.console.pages.lists import BulkAction, ListPage
from scrm.console.writing import phone_masked

_NAMES = (
    "陈一诺",
    "陈敏",
    "王宇轩",
    "陈嘉怡",
    "李静",
    "王梓萱",
    "郭浩然",
    "许娜",
    "曾静",
    "吴子涵",
)
_TIERS: tuple[tuple[str, Tone], ...] = (("银卡", "neutral"), ("金卡", "gold"), ("黑金", "muted"))
_GROUPS = ("重要价值", "重要挽留", "一般发展")
_SOURCES = ("天猫", "小程序", "抖音", "线下门店")
_COUNT = 60
_FIRST = date(2026, 11, 22)


@dataclass(frozen=True, kw_only=True)
class SampleMember:
    public_id: str
    name: str
    phone: str
    tier: int
    group: str
    source: str
    is_added: bool
    points: int
    orders: int
    spent_fen: int
    joined: date


def _sample(number: int) -> SampleMember:
    return SampleMember(
        public_id=f"mem_{number:026d}",
        name=_NAMES[number % len(_NAMES)],
        phone=f"1{30 + number % 60}{(number * 7_919_317) % 100_000_000:08d}",
        tier=number * 7 % 11 % 3,
        group=_GROUPS[number * 5 % 7 % 3],
        source=_SOURCES[number * 3 % 7 % 4],
        is_added=number % 4 != 3,  # noqa: PLR2004
        points=6_634 - number * 37,
        orders=30 - number // 3,
        spent_fen=1_148_832 - number * 15_219,
        joined=_FIRST - timedelta(days=number // 3),
    )


class KitRows(ListPage):
    """The parts of a list page that are data."""

    permission = ""
    title = "会员列表"
    noun = "人"
    search_hint = "昵称 / 会员号 / 手机尾号"
    page_size = 20
    columns: ClassVar[Sequence[Column]] = (
        Column(
            key="person",
            label="会员",
            kind="person",
            is_primary=True,
            value=lambda row: Person(name=row.name, note=phone_masked(row.phone)),
        ),
        Column(key="tier", label="等级", kind="tag", value=lambda row: Badge(*_TIERS[row.tier])),
        Column(key="group", label="RFM 分群"),
        Column(key="source", label="渠道", on_phone=False),
        Column(
            key="is_added",
            label="企微",
            kind="status",
            value=lambda row: Badge("已添加", "good") if row.is_added else Badge("未添加"),
        ),
        Column(key="points", label="积分", kind="number", sort="points"),
        Column(key="orders", label="订单", kind="number", on_phone=False),
        Column(key="spent_fen", label="累计消费", kind="yuan", sort="spent"),
        Column(key="joined", label="入会时间", kind="date", on_phone=False),
        Column(key="note", label="备注", value=lambda _row: "", optional=True),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(
            key="tier", label="等级", choices=[(str(i), t[0]) for i, t in enumerate(_TIERS)]
        ),
        ChoiceFilter(key="group", label="RFM 分群", choices=[(name, name) for name in _GROUPS]),
        ChoiceFilter(key="source", label="渠道", choices=[(name, name) for name in _SOURCES]),
        ChoiceFilter(
            key="added", label="企微", choices=[("yes", "已添加"), ("no", "未添加")], is_single=True
        ),
        RangeFilter(key="joined", label="入会时间"),
        RangeFilter(key="spent", label="累计消费", unit="yuan"),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-joined", label="最新入会", order=("-joined", "-public_id")),
        Sort(key="-spent", label="消费最高", order=("-spent_fen", "-public_id")),
        Sort(key="spent", label="消费最低", order=("spent_fen", "public_id"), in_menu=False),
        Sort(key="-points", label="积分最多", order=("-points", "-public_id")),
    )
    bulk_actions: ClassVar[Sequence[BulkAction]] = (
        BulkAction(key="tag", label="打标签", url_name="kit", icon="tag"),
        BulkAction(key="coupon", label="发券", url_name="kit", icon="ticket"),
        BulkAction(key="drop", label="移出", url_name="kit", icon="trash", is_danger=True),
    )

    def _found(self, query: ListQuery) -> list[SampleMember]:
        return [row for row in map(_sample, range(_COUNT)) if _matches(row, query)]

    @override
    def slice_get(self, query: ListQuery) -> Slice[Any]:
        rows = self._found(query)
        if query.sort is not None and query.sort.key != "-joined":
            key = query.sort.key
            name = "points" if key.endswith("points") else "spent_fen"
            rows.sort(key=lambda row: getattr(row, name), reverse=key.startswith("-"))
        start = int(query.after) if query.after.isdecimal() else 0
        end = start + query.limit
        return Slice(
            rows=rows[start:end],
            next=str(end) if end < len(rows) else "",
            previous=str(max(0, start - query.limit)) if start else "",
        )

    @override
    def total_get(self, query: ListQuery) -> Total:
        return Total(count=len(self._found(query)))

    @override
    def row_label(self, row: Any) -> str:
        return str(row.name)

    @override
    def row_url(self, row: Any) -> str:
        return "#member"

    @override
    def glance_url(self, row: Any) -> str:
        return "/console/kit/part/drawer/"

    @override
    def row_actions(self, row: Any) -> Sequence[Action]:
        return [Action(label="发消息", href="#message")]

    @override
    def result_actions(self) -> Sequence[Action]:
        return [Action(label="存为人群", href="/console/kit/part/form/", opens="drawer")]

    @override
    def actions(self) -> Sequence[Action]:
        return [
            Action(label="导出", href="#export", icon="download"),
            Action(
                label="新建会员",
                href="/console/kit/part/form/",
                icon="plus",
                is_primary=True,
                opens="drawer",
            ),
        ]


def _matches(row: SampleMember, query: ListQuery) -> bool:
    checks = (
        (query.all("tier"), str(row.tier)),
        (query.all("group"), row.group),
        (query.all("source"), row.source),
        (query.all("added"), "yes" if row.is_added else "no"),
    )
    if any(chosen and value not in chosen for chosen, value in checks):
        return False
    return not query.search or query.search in row.name or row.phone.endswith(query.search)
