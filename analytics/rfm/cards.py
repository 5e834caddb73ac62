"""What the matrix page draws: heat rows, segment cards, the table of cuts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.rfm.rules import TOP
from analytics.rfm.selectors import CellView, Matrix, SegmentView
from analytics.rfm.words import SEGMENT_WORDS, SegmentWords
from scrm.console.elements import Badge, Delta, HeatCell, HeatRow
from scrm.console.writing import bp_text, compact, thousands, yuan_whole

Link = Callable[..., str]
SHOWS: dict[str, str | Promise] = {
    "members": gettext_lazy("人数"),
    "net": gettext_lazy("消费"),
    "average": gettext_lazy("人均 M"),
}


@dataclass(frozen=True, kw_only=True)
class SegmentCard:
    """One segment as a card; every figure opens its members."""

    badge: Badge
    words: SegmentWords
    members: str
    share_bp: int
    share: str
    spend: str
    delta: Delta | None
    href: str


@dataclass(frozen=True, kw_only=True)
class CutRow:
    """What a score of 1 to 5 means for each digit."""

    score: int
    days: str
    orders: str
    money: str


def members_link(address: str, **conditions: str) -> str:
    """The member list with conditions on RFM fields; all of the scored without any."""
    asked = conditions or {"r": "gte:1"}
    return (
        f"{address}?{urlencode({f'f.rfm.{key}': value for key, value in asked.items()}, safe=':,')}"
    )


def _figure(cell: CellView, show: str) -> tuple[int, str]:
    if show == "net":
        return cell.net_fen, f"¥{compact(cell.net_fen // 100)}"
    if show == "average":
        return cell.average_fen, yuan_whole(cell.average_fen)
    return cell.members, thousands(cell.members)


def _sum(cells: Sequence[CellView], r: int, f: int) -> CellView:
    return CellView(
        r=r, f=f, members=sum(c.members for c in cells), net_fen=sum(c.net_fen for c in cells)
    )


def matrix_rows(matrix: Matrix, *, show: str, link: Link, totals: bool = True) -> list[HeatRow]:
    """R5 at the top, F1 at the left; the last row and column add up and carry no shade."""
    rows = []
    for r in range(TOP, 0, -1):
        cells = [matrix.cell(r, f) for f in range(1, TOP + 1)]
        drawn = [_cell(cell, show, link(r=f"eq:{cell.r}", f=f"eq:{cell.f}")) for cell in cells]
        if totals:
            drawn.append(_total(_sum(cells, r, 0), show, link(r=f"eq:{r}")))
        rows.append(HeatRow(label=f"R{r}", cells=drawn))
    if totals:
        columns = [[matrix.cell(r, f) for r in range(1, TOP + 1)] for f in range(1, TOP + 1)]
        sums = [
            _total(_sum(cells, 0, cells[0].f), show, link(f=f"eq:{cells[0].f}"))
            for cells in columns
        ]
        everybody = _total(_sum(matrix.cells, 0, 0), show, link())
        rows.append(HeatRow(label=_("合计"), cells=[*sums, everybody]))
    return rows


def _cell(cell: CellView, show: str, href: str) -> HeatCell:
    value, text = _figure(cell, show)
    return HeatCell(value=value, text=text, href=href if cell.members else "")


def _total(cell: CellView, show: str, href: str) -> HeatCell:
    text = _figure(cell, show)[1]
    return HeatCell(value=0, text=text, href=href if cell.members else "")


def segment_cards(matrix: Matrix, *, link: Link) -> list[SegmentCard]:
    """The eight segments in the order of worth."""
    return [_card(segment, link(segment=f"in:{segment.key}")) for segment in matrix.segments]


def _card(segment: SegmentView, href: str) -> SegmentCard:
    words = SEGMENT_WORDS[segment.key]
    return SegmentCard(
        badge=Badge(words.label, words.tone),
        words=words,
        members=thousands(segment.members),
        share_bp=segment.share_bp,
        share=bp_text(segment.share_bp, digits=1),
        spend=f"¥{compact(segment.net_fen // 100)}",
        delta=_delta(segment),
        href=href,
    )


def _delta(segment: SegmentView) -> Delta | None:
    if segment.before is None:
        return None
    moved = segment.members - segment.before
    if moved == 0:
        return Delta(text="0", direction="flat")
    return Delta(text=thousands(abs(moved)), direction="up" if moved > 0 else "down")


def cut_rows(matrix: Matrix) -> list[CutRow]:
    """Five rows, the best score first; bounds nobody reached in a quintile night show as nothing."""
    r, f, m = (matrix.cuts.get(key, []) for key in "rfm")
    return [
        CutRow(
            score=score,
            days=_days(r, score),
            orders=_least(f, score, thousands),
            money=_least(m, score, yuan_whole),
        )
        for score in range(TOP, 0, -1)
    ]


def _days(bounds: Sequence[int], score: int) -> str:
    if score == 1:
        last = bounds[-1] if bounds else -1
        return _("超过 %(days)s 天") % {"days": last} if last >= 0 else "—"
    bound = bounds[TOP - score] if bounds else -1
    return _("%(days)s 天以内") % {"days": bound} if bound >= 0 else "—"


def _least(bounds: Sequence[int], score: int, write: Callable[[int], str]) -> str:
    if score == 1:
        first = bounds[0] if bounds else -1
        return _("不足 %(bound)s") % {"bound": write(first)} if first >= 0 else "—"
    bound = bounds[score - 2] if bounds else -1
    return _("%(bound)s 及以上") % {"bound": write(bound)} if bound >= 0 else "—"
