"""What an order may be refused for."""

from __future__ import annotations

from scrm.core.errors import DomainError, ErrorKind


class OrderRefused(DomainError):
    """The facts contradict a rule of money or themselves."""

    code = "order_refused"
    kind = ErrorKind.REJECTED


class FromTheFuture(OrderRefused):
    """A moment lies more than ten minutes ahead of our clock (EC-106)."""

    code = "from_the_future"
    kind = ErrorKind.REJECTED


class RefundExceedsPaid(OrderRefused):
    """Refunds of a line may never add up to more than was paid for it."""

    code = "refund_exceeds_paid"
    kind = ErrorKind.REJECTED


class MemberRequired(OrderRefused):
    """The first message about an order must say whose it is."""

    code = "member_required"
    kind = ErrorKind.REJECTED


class FactsChanged(DomainError):
    """A line or refund that is already known came again with other content."""

    code = "order_facts_changed"
    kind = ErrorKind.CONFLICT
