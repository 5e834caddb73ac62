"""What the overview shows, as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from analytics.overview.rules import Compare, Formula, Period, average, rate_bp


@dataclass(frozen=True, kw_only=True)
class Day:
    """One local day of the whole brand. Money in fen."""

    local_date: date
    gmv_fen: int = 0
    refunded_fen: int = 0
    orders: int = 0
    buyers: int = 0
    first_buyers: int = 0
    new_members: int = 0
    new_friends: int = 0
    lost_friends: int = 0
    points_issued: int = 0
    points_spent: int = 0
    points_expired: int = 0
    # Buyers who had not bought before on a day of the same period.
    fresh_buyers: int = 0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A period added up; ``members`` is how many there were at its end."""

    period: Period
    days: Sequence[Day]
    members: int
    # Whether the last day is still running.
    is_open: bool = False

    def total(self, name: str) -> int:
        return sum(int(getattr(day, name)) for day in self.days)

    @property
    def drawn_days(self) -> Sequence[Day]:
        """The days a line may show: not a last one that has only begun and sold nothing yet."""
        if len(self.days) > 1 and self.is_open and not self.days[-1].orders:
            return self.days[:-1]
        return self.days

    @property
    def gmv_fen(self) -> int:
        return self.total("gmv_fen")

    @property
    def refunded_fen(self) -> int:
        return self.total("refunded_fen")

    @property
    def net_fen(self) -> int:
        return self.gmv_fen - self.refunded_fen

    @property
    def orders(self) -> int:
        return self.total("orders")

    @property
    def buyers(self) -> int:
        """Different members who bought, each once however many days they bought on."""
        return self.total("fresh_buyers")

    @property
    def first_buyers(self) -> int:
        return self.total("first_buyers")

    @property
    def new_members(self) -> int:
        return self.total("new_members")

    @property
    def new_friends(self) -> int:
        return self.total("new_friends")

    @property
    def lost_friends(self) -> int:
        return self.total("lost_friends")

    @property
    def points_issued(self) -> int:
        return self.total("points_issued")

    @property
    def points_spent(self) -> int:
        return self.total("points_spent")

    @property
    def points_expired(self) -> int:
        return self.total("points_expired")

    @property
    def arpu_fen(self) -> int | None:
        """Net revenue ÷ members active in the period (PL-02); buying is the activity known so far."""
        return average(self.net_fen, self.buyers)

    @property
    def formula(self) -> Formula:
        # Nobody records referrals yet, so everybody counts as having come directly.
        return Formula(
            direct=self.members,
            reached=self.members,
            buyers=self.buyers,
            orders=self.orders,
            gmv_fen=self.gmv_fen,
        )


@dataclass(frozen=True, kw_only=True)
class ChannelLine:
    """What one channel brought in a period."""

    channel: str
    gmv_fen: int
    orders: int
    new_members: int


@dataclass(frozen=True, kw_only=True)
class TopShare:
    """The best ``members`` hold ``share_bp`` of all net revenue (N-29); ``floor_fen`` is the last one's."""

    top_bp: int
    members: int
    net_fen: int
    share_bp: int
    floor_fen: int
    # Whether exactly these members, and no others, have at least ``floor_fen`` right now.
    is_listable: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The whole brand as a night found it."""

    as_of: date
    computed_at: datetime
    members: int
    friends: int
    reachable: int
    payers: int
    net_fen: int
    buyers: int
    repeat_buyers: int
    orders: int
    points_outstanding: int
    marks: Sequence[TopShare]
    # (share of members in bp, share of net in bp), ascending.
    curve: Sequence[tuple[int, int]] = ()

    @property
    def repeat_bp(self) -> int | None:
        """Members with two valid orders or more ÷ members with one or more (M-26)."""
        return rate_bp(self.repeat_buyers, self.buyers)

    @property
    def ltv_fen(self) -> int | None:
        """What a paying member has brought so far, on average."""
        return average(self.net_fen, self.payers)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Pushes of a period from audience to delivery, in recipients."""

    pushes: int = 0
    targeted: int = 0
    excluded: int = 0
    submitted: int = 0
    sent: int = 0
    failed: int = 0


@dataclass(frozen=True, kw_only=True)
class LoopCount:
    """One part of the loop; ``count`` None while nobody keeps it."""

    part: str
    count: int | None
    page: str = ""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything of the page and of `GET /overview`."""

    compare: Compare
    current: Figures
    previous: Figures | None
    channels: Sequence[ChannelLine]
    standing: Standing | None
    standing_before: Standing | None
    reach: Reach
    loop: Sequence[LoopCount] = field(default_factory=tuple)
    # Every fact until here is in the figures; ``is_settling`` while later ones are being counted.
    as_of: datetime
    is_settling: bool
    members: int
    has_orders: bool
