"""The accounts points stand in, and the flows between them that the ledger hears of."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class AccountKind(StrEnum):
    """The ledger accounts of the points unit; those of a member, then those of the system."""

    PENDING = "member_pending"
    AVAILABLE = "member_available"
    HELD = "member_held"
    DEBT = "member_debt"
    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    REVERSED = "reversed"
    ADJUSTED = "adjusted"


class Flow(NamedTuple):
    """From where to where; ``forward`` and ``backward`` are the stages in which it is posted.

    Within one settlement credits to an account are posted before its debits, so that no floor is
    met half way: sources, then into available, then out of it, then out of held and pending.
    """

    debit: AccountKind
    credit: AccountKind
    forward: int
    backward: int


A = AccountKind
FLOWS: dict[str, Flow] = {
    "earn": Flow(A.ISSUED, A.PENDING, 1, 4),
    "grant": Flow(A.ISSUED, A.AVAILABLE, 1, 3),
    "adjust": Flow(A.ADJUSTED, A.AVAILABLE, 1, 3),
    "activate": Flow(A.PENDING, A.AVAILABLE, 2, 3),
    "cut_pending": Flow(A.PENDING, A.REVERSED, 4, 1),
    "cut": Flow(A.AVAILABLE, A.REVERSED, 3, 2),
    "debt": Flow(A.DEBT, A.REVERSED, 3, 3),
    "offset": Flow(A.ADJUSTED, A.REVERSED, 3, 3),
    "pay": Flow(A.AVAILABLE, A.DEBT, 3, 2),
    "expire": Flow(A.AVAILABLE, A.EXPIRED, 3, 2),
    "hold": Flow(A.AVAILABLE, A.HELD, 3, 2),
    "capture": Flow(A.HELD, A.REDEEMED, 4, 1),
    "deduct": Flow(A.HELD, A.ADJUSTED, 4, 1),
    "hold_debt": Flow(A.DEBT, A.HELD, 3, 2),
}
