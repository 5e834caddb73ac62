"""Scan codes by REST."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from members.identity.rules import Claim
from members.sources import serializers as shapes
from members.sources.models import ScanCode
from members.sources.rules import Wanted
from members.sources.selectors import scan_code_get, scan_codes_listed
from members.sources.services import Arrived, scan_arrive, scan_code_archive, scan_codes_make
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView

_CREATED = 201
_CARD = {
    "kind": "parcel_card",
    "name": "三月包裹卡",
    "order_channel": "tmall",
    "order_number": "T20260301-1",
}


@dataclass(frozen=True)
class _Codes:
    codes: list[ScanCode]


class ScanCodes(ApiView):
    """Codes that bring people."""

    scope_read = "scan_codes.view"
    scope_write = "scan_codes.edit"
    tag = "scan-codes"

    @operation(
        "scan_codes_list", "List scan codes, newest first.",
        query=shapes.ScanCodeQuery, answer=shapes.ScanCodeOut, is_list=True,
        order=("-created_at", "-id"),
    )  # fmt: skip
    def get(self) -> QuerySet[ScanCode]:
        kind = self.query.get("kind", "")
        return scan_codes_listed(
            kinds=[kind] if kind else [],
            search=self.query.get("order_number", ""),
            is_archived=self.query.get("is_archived"),
        )

    @operation(
        "scan_codes_make", "Make up to 500 scan codes; an order's parcel card is made once and given again.",
        body=shapes.ScanCodesIn, answer=shapes.ScanCodesOut, status=_CREATED, errors=("invalid_value",),
        examples={"a parcel card and a shop": {"codes": [_CARD, {"kind": "store", "name": "静安门店"}]}},
    )  # fmt: skip
    def post(self) -> _Codes:
        return _Codes(scan_codes_make([Wanted(**code) for code in self.body["codes"]]))


class ScanCodeOne(ApiView):
    """One scan code."""

    scope_read = "scan_codes.view"
    scope_write = "scan_codes.edit"
    tag = "scan-codes"

    @operation("scan_code_get", "A scan code.", answer=shapes.ScanCodeOut)
    def get(self, public_id: str) -> ScanCode:
        return scan_code_get(public_id)

    @operation("scan_code_archive", "Put a code away; whoever still scans it is recognised.")
    def delete(self, public_id: str) -> None:
        scan_code_archive(public_id=public_id)


class ScanArrivals(ApiView):
    """People who scanned a code outside WeCom."""

    scope_write = "members.edit"
    tag = "scan-codes"

    @operation(
        "scan_arrival",
        "Somebody came by a code: found or made, with the code's channel and order as source.",
        description="WeCom tells us by itself; this is for the official account and landing pages.",
        body=shapes.ArrivalIn,
        answer=shapes.ArrivalOut,
        errors=("not_found", "from_the_future", "invalid_value"),
        examples={
            "a follower": {
                "state": "qrscene_sc_0123456789abcdef",
                "identities": [{"type": "openid", "scope": "wx123", "value": "oA1b2"}],
            }
        },
    )
    def post(self) -> Arrived:
        return scan_arrive(
            state=self.body["state"],
            claims=[Claim(**claim) for claim in self.body["identities"]],
            occurred_at=self.body.get("occurred_at"),
        )


route_register("scan-codes", ScanCodes, "scan-codes")
route_register("scan-codes/arrivals", ScanArrivals, "scan-arrivals")
route_register("scan-codes/<str:public_id>", ScanCodeOne, "scan-code")
