"""Read the current night: its matrix, its segments, a member's digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analytics.rfm.models import RfmRun, RfmScore
from analytics.rfm.rules import TOP, Tally, segment_of
from analytics.rfm.words import SEGMENT_WORDS
from members.orders.models import MemberRollup
from members.people.models import Member
from scrm.core.errors import NotFound
from scrm.core.money import BP, half_up_div
from scrm.tenants.keys import keys_among

_WEEK = 7


@dataclass(frozen=True, kw_only=True)
class CellView:
    """One cell of the R x F matrix."""

    r: int
    f: int
    members: int
    net_fen: int

    @property
    def average_fen(self) -> int:
        return half_up_div(self.net_fen, self.members) if self.members else 0


@dataclass(frozen=True, kw_only=True)
class SegmentView:
    """One of the eight segments; ``before`` is its size about a week earlier, None without such a run."""

    key: str
    members: int
    net_fen: int
    share_bp: int
    before: int | None


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A night's scores as the page and the API show them; reads one or two rows."""

    run: RfmRun
    cells: Sequence[CellView]
    segments: Sequence[SegmentView]
    compared_to: date | None

    def cell(self, r: int, f: int) -> CellView:
        return self.cells[(TOP - r) * TOP + f - 1]

    @property
    def as_of(self) -> date:
        return self.run.as_of

    @property
    def mode(self) -> str:
        return self.run.mode

    @property
    def high_cut(self) -> int:
        return self.run.high_cut

    @property
    def cuts(self) -> dict[str, list[int]]:
        return dict(self.run.cuts)

    @property
    def window_days(self) -> int:
        return self.run.window_days

    @property
    def source(self) -> str:
        return self.run.source

    @property
    def scored(self) -> int:
        return self.run.scored

    @property
    def changed(self) -> int:
        return self.run.changed

    @property
    def finished_at(self) -> datetime:
        return self.run.finished_at


def run_current() -> RfmRun | None:
    """The run whose scores stand now."""
    return RfmRun.objects.filter(is_current=True).first()


def matrix_get(as_of: date | None = None, *, is_compared: bool = True) -> Matrix | None:
    """The matrix of the current night, or of one named day; None while nothing has been scored.

    ``is_compared`` looks a week back too, for how segments grew.
    """
    run = run_current() if as_of is None else RfmRun.objects.filter(as_of=as_of).first()
    if run is None:
        return None
    earlier = _week_before(run) if is_compared else None
    before = None if earlier is None else _by_segment(earlier)
    found = _by_segment(run)
    return Matrix(
        run=run,
        cells=[_cell(run, r, f) for r in range(TOP, 0, -1) for f in range(1, TOP + 1)],
        segments=[
            SegmentView(
                key=key,
                members=found[key].members,
                net_fen=found[key].net_fen,
                share_bp=half_up_div(found[key].members * BP, run.scored) if run.scored else 0,
                before=None if before is None else before[key].members,
            )
            for key in SEGMENT_WORDS
        ],
        compared_to=None if earlier is None else earlier.as_of,
    )


def _week_before(run: RfmRun) -> RfmRun | None:
    return (
        RfmRun.objects.filter(
            as_of__lte=run.as_of - timedelta(days=_WEEK),
            as_of__gte=run.as_of - timedelta(days=2 * _WEEK),
        )
        .order_by("-as_of")
        .first()
    )


def matrix_of_day(as_of: date | None) -> Matrix:
    """As ``matrix_get``; NotFound where no night was scored."""
    found = matrix_get(as_of)
    if found is None:
        raise NotFound
    return found


def _cell(run: RfmRun, r: int, f: int) -> CellView:
    parts = [run.cells.get(f"{r}{f}{m}", (0, 0)) for m in range(1, TOP + 1)]
    return CellView(
        r=r, f=f, members=sum(part[0] for part in parts), net_fen=sum(part[1] for part in parts)
    )


def _by_segment(run: RfmRun) -> dict[str, Tally]:
    totals = {key: [0, 0] for key in SEGMENT_WORDS}
    for code, (members, net_fen) in run.cells.items():
        total = totals[segment_of(int(code[0]), int(code[1]), int(code[2]), run.high_cut)]
        total[0] += members
        total[1] += net_fen
    return {key: Tally(members=members, net_fen=net) for key, (members, net) in totals.items()}


@dataclass(frozen=True, kw_only=True)
class TopMember:
    """A member worth winning back."""

    member: Member
    net_fen: int
    last_paid_date: date | None


def segment_top(segment: str, *, limit: int) -> list[TopMember]:
    """The members of a segment who have spent most, merged and erased ones left out."""
    scored = RfmScore.objects.filter(segment=segment).values("member_id")
    rows = (
        MemberRollup.objects.filter(member_id__in=scored)
        .select_related("member")
        .order_by("-net_fen", "-member_id")[:limit]
    )
    return [
        TopMember(member=row.member, net_fen=row.net_fen, last_paid_date=row.last_paid_date)
        for row in rows
    ]


def segments_by_member(member_ids: Sequence[int]) -> dict[int, str]:
    """Segments of these members, for lists and files."""
    scores = RfmScore.objects.filter(keys_among("member_id", member_ids))
    return dict(scores.values_list("member_id", "segment"))


def score_of(member_id: int) -> RfmScore | None:
    """A member's digits; None without a valid order in the window."""
    return RfmScore.objects.filter(member_id=member_id).first()
