"""Shapes of points on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from points.accounts.selectors import flow_of
from scrm.api.serializers import (
    ListQuery,
    Moment,
    PublicId,
    StrictInteger,
    StrictSerializer,
    StrictString,
)
from scrm.ledger.models import Transfer


class LotOut(StrictSerializer):
    """Points of one source with the dates that govern them."""

    source_type = StrictString()
    source_id = StrictString()
    points = StrictInteger()
    remaining = StrictInteger()
    held = StrictInteger()
    state = StrictString()
    issued_at = Moment()
    available_at = Moment(allow_null=True)
    expires_at = Moment(allow_null=True)


class BalancesOut(StrictSerializer):
    """Points of one member."""

    member_id = PublicId(source="member.public_id")
    available = StrictInteger()
    pending = StrictInteger()
    held = StrictInteger()
    debt = StrictInteger()
    expiring_30d = StrictInteger()
    settled_at = Moment(allow_null=True)


class AccountOut(StrictSerializer):
    """Points of one member at an instant, with the lots they stand in."""

    member_id = PublicId()
    as_of = Moment()
    available = StrictInteger()
    pending = StrictInteger()
    held = StrictInteger()
    debt = StrictInteger()
    expiring_30d = StrictInteger()
    lots = LotOut(many=True)


class TransactionQuery(ListQuery):
    """Of one member, if named."""

    member = PublicId(required=False)


class TransactionOut(StrictSerializer):
    """One movement of points. ``kind`` is the flow; ``is_undo`` takes an earlier one back."""

    id = StrictString()
    member_id = PublicId(source="member_public_id", allow_null=True)
    kind = serializers.SerializerMethodField()
    is_undo = serializers.SerializerMethodField()
    points = StrictInteger(source="amount")
    source_type = serializers.SerializerMethodField()
    source_id = serializers.SerializerMethodField()
    occurred_at = Moment()
    created_at = Moment()

    def get_kind(self, row: Transfer) -> str:
        return flow_of(row)[0]

    def get_is_undo(self, row: Transfer) -> bool:
        return flow_of(row)[1]

    def get_source_type(self, row: Any) -> str:
        return str(row.lot_source or "spend")

    def get_source_id(self, row: Any) -> str:
        return str(row.lot_source_id or row.spend_id or "")


class AdjustIn(StrictSerializer):
    """A correction by hand; the reference makes it happen once."""

    member_id = PublicId()
    points = StrictInteger(min_value=-1_000_000_000, max_value=1_000_000_000)
    reason = StrictString()
    reference = StrictString(max_length=60)
