"""The overview over REST."""

from __future__ import annotations

from analytics.overview.serializers import OverviewOut, OverviewQuery
from analytics.overview.telling import OverviewTold, overview_told
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView


class OverviewView(ApiView):
    """What the brand sold, to whom, and which factor moved."""

    scope_read = "analytics.view"
    tag = "analytics"

    @operation(
        "overview", "A period's figures with the formula of GMV, its days, and the brand's standing.",
        description="Figures are sums of daily rows that follow the facts within seconds; `standing` is frozen"
        " by the nightly steps.",
        answer=OverviewOut, query=OverviewQuery, errors=("invalid_value",),
    )  # fmt: skip
    def get(self) -> OverviewTold:
        return overview_told(
            days=self.query["days"],
            first=self.query.get("from"),
            last=self.query.get("to"),
            compare=self.query["compare"],
            mode=self.query["mode"],
        )


route_register("overview", OverviewView, "overview")
