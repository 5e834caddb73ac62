"""Shapes of RFM on the wire."""

from __future__ import annotations

from rest_framework import serializers

from scrm.api.serializers import (
    LocalDate,
    Moment,
    MoneyField,
    QuerySerializer,
    StrictInteger,
    StrictSerializer,
    StrictString,
)


class QueryDay(LocalDate):
    """A day in a query string."""


class RfmQuery(QuerySerializer):
    """The current night, or the one of a day."""

    as_of = QueryDay(required=False)


class CellOut(StrictSerializer):
    """One cell of the R x F matrix."""

    r = StrictInteger()
    f = StrictInteger()
    members = StrictInteger()
    net = MoneyField(source="net_fen")


class SegmentOut(StrictSerializer):
    """One of the eight segments; ``before`` is its size about a week earlier."""

    key = StrictString()
    members = StrictInteger()
    net = MoneyField(source="net_fen")
    share_bp = StrictInteger()
    before = StrictInteger(allow_null=True)


class CutsOut(StrictSerializer):
    """Four bounds per digit: R in days, F in orders, M in fen."""

    r = serializers.ListField(child=StrictInteger())
    f = serializers.ListField(child=StrictInteger())
    m = serializers.ListField(child=StrictInteger())


class MatrixOut(StrictSerializer):
    """A scored night."""

    as_of = LocalDate()
    mode = StrictString()
    high_cut = StrictInteger()
    cuts = CutsOut()
    window_days = StrictInteger()
    source = StrictString()  # type: ignore[assignment]  # a field of that name, not an option
    scored = StrictInteger()
    changed = StrictInteger()
    finished_at = Moment()
    cells = CellOut(many=True)
    segments = SegmentOut(many=True)
