"""Points over REST."""

from __future__ import annotations

from django.db.models import QuerySet

from points.accounts.selectors import AccountView, account_get, accounts_listed, transactions_listed
from points.accounts.serializers import (
    AccountOut,
    AdjustIn,
    BalancesOut,
    TransactionOut,
    TransactionQuery,
)
from points.accounts.services import adjust
from points.lots.models import PointsAccount
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView
from scrm.ledger.models import Transfer


class MemberPoints(ApiView):
    """A member's points now."""

    scope_read = "points.view"
    tag = "points"

    @operation(
        "member_points", "A member's points with lots, by facts and the clock.", answer=AccountOut
    )
    def get(self, public_id: str) -> AccountView:
        return account_get(public_id)


class PointsAccounts(ApiView):
    """Balances of all members."""

    scope_read = "points.view"
    tag = "points"

    @operation(
        "points_accounts", "List balances as of each account's last settlement, newest accounts first.",
        answer=BalancesOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[PointsAccount]:
        return accounts_listed()


class PointsTransactions(ApiView):
    """Movements of points, and corrections by hand."""

    scope_read = "points.view"
    scope_write = "points.adjust"
    tag = "points"

    @operation(
        "points_transactions",
        "List movements of points, the last posted first; not what merges and splits carry over.",
        answer=TransactionOut, query=TransactionQuery, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[Transfer]:
        return transactions_listed(member=self.query.get("member"))

    @operation(
        "points_adjust", "Correct a member's points, up or down; a repeated reference changes nothing.",
        body=AdjustIn, answer=AccountOut,
        errors=("insufficient_points", "points_debt", "reference_reused", "invalid_value", "not_found"),
    )  # fmt: skip
    def post(self) -> AccountView:
        return adjust(**self.body)


route_register("members/<str:public_id>/points", MemberPoints, "member_points")
route_register("points/accounts", PointsAccounts, "points_accounts")
route_register("points/transactions", PointsTransactions, "points_transactions")
