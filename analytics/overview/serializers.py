"""Shapes of `GET /overview`."""

from __future__ import annotations

from rest_framework import serializers
from typing_extensions import override

from analytics.overview.loop import PARTS
from analytics.overview.rules import PRESETS
from scrm.api.serializers import (
    LocalDate,
    Moment,
    MoneyField,
    QueryInteger,
    QuerySerializer,
    StrictBoolean,
    StrictChoice,
    StrictInteger,
    StrictSerializer,
    StrictString,
)


class OverviewQuery(QuerySerializer):
    """The period, in the brand's local days."""

    days = QueryInteger(
        required=False, min_value=1, max_value=366, default=PRESETS[1],
        help_text="The past n days until today (N-24), unless `from` or `to` is given.",
    )  # fmt: skip
    to = LocalDate(required=False, help_text="Last day; today unless given.")
    compare = StrictChoice(
        choices=["previous", "year", "none"], default="previous",
        help_text="As many days just before, the same days last year, or nothing.",
    )  # fmt: skip
    mode = StrictChoice(
        choices=["exact", "raw"], default="exact",
        help_text="`raw` adds the literal product with LTV as money: an index, not money.",
    )  # fmt: skip

    @override
    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        # `from` is a word of Python.
        found = super().get_fields()
        found["from"] = LocalDate(required=False, help_text="First day.")
        return found


class FormulaOut(StrictSerializer):
    """GMV = traffic × conversion × order value × fission × lifetime orders (N-28).

    `product` multiplies the unrounded factors; a factor without any source is null and counts as 1.
    """

    traffic = StrictInteger(help_text="Members at the end of the period.")
    conversion_bp = StrictInteger(allow_null=True, help_text="Buyers ÷ traffic.")
    order_value = MoneyField(allow_null=True, help_text="GMV ÷ orders.")
    fission_hundredths = StrictInteger(allow_null=True)
    lifetime_orders_hundredths = StrictInteger(allow_null=True, help_text="Orders ÷ buyers.")
    product = MoneyField()
    actual = MoneyField()
    gap = MoneyField(min_value=None)
    raw_index = StrictInteger(allow_null=True, help_text="Only with mode=raw.")
    missing = serializers.ListField(
        child=StrictString(), help_text="Factors without a source, as `factor: reason`."
    )


class FiguresOut(StrictSerializer):
    """A period added up."""

    first = LocalDate(source="period.first")
    last = LocalDate(source="period.last")
    gmv = MoneyField(source="gmv_fen", help_text="Cash paid, before refunds.")
    refunded = MoneyField(source="refunded_fen", help_text="Refunds of these orders until now.")
    net = MoneyField(source="net_fen", min_value=None)
    orders = StrictInteger()
    buyers = StrictInteger(help_text="Different members who bought.")
    first_buyers = StrictInteger(help_text="Of these, who had never bought before.")
    arpu = MoneyField(source="arpu_fen", allow_null=True, help_text="Net ÷ buyers.")
    members = StrictInteger(help_text="At the end of the period.")
    new_members = StrictInteger()
    new_friends = StrictInteger()
    lost_friends = StrictInteger()
    points_issued = StrictInteger()
    points_spent = StrictInteger()
    points_expired = StrictInteger()
    formula = FormulaOut(source="formula_told")


class DayOut(StrictSerializer):
    """One local day."""

    date = LocalDate(source="local_date")
    gmv = MoneyField(source="gmv_fen")
    refunded = MoneyField(source="refunded_fen")
    orders = StrictInteger()
    buyers = StrictInteger()
    new_members = StrictInteger()


class TopShareOut(StrictSerializer):
    """The best members' share of all net revenue (N-29)."""

    top_bp = StrictInteger()
    members = StrictInteger()
    net = MoneyField(source="net_fen")
    share_bp = StrictInteger()


class StandingOut(StrictSerializer):
    """The whole brand as its last night found it."""

    as_of = LocalDate()
    members = StrictInteger()
    friends = StrictInteger()
    reachable = StrictInteger(help_text="Friends who have not opted out.")
    repeat_bp = StrictInteger(allow_null=True, help_text="M-26.")
    ltv = MoneyField(source="ltv_fen", allow_null=True, help_text="Net ÷ paying members, so far.")
    points_outstanding = StrictInteger()
    pareto = TopShareOut(source="marks", many=True)


class ChannelOut(StrictSerializer):
    """What a channel brought in the period."""

    channel = StrictString()
    gmv = MoneyField(source="gmv_fen")
    orders = StrictInteger()
    new_members = StrictInteger()


class ReachOut(StrictSerializer):
    """Recipients of the period's pushes."""

    pushes = StrictInteger()
    targeted = StrictInteger()
    excluded = StrictInteger()
    submitted = StrictInteger()
    sent = StrictInteger()
    failed = StrictInteger()


class LoopOut(StrictSerializer):
    """One part of the loop (PL-01); null while nobody keeps it."""

    part = StrictChoice(choices=list(PARTS))
    count = StrictInteger(allow_null=True)


class OverviewOut(StrictSerializer):
    """The overview."""

    as_of = Moment(help_text="Every fact until here is in the figures.")
    is_settling = StrictBoolean(help_text="Later facts are being counted.")
    current = FiguresOut()
    previous = FiguresOut(allow_null=True)
    days = DayOut(many=True)
    channels = ChannelOut(many=True)
    standing = StandingOut(allow_null=True)
    reach = ReachOut()
    loop = LoopOut(many=True)
