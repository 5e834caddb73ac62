"""RFM over REST."""

from __future__ import annotations

from analytics.rfm.selectors import Matrix, matrix_of_day
from analytics.rfm.serializers import MatrixOut, RfmQuery
from scrm.api.operations import operation
from scrm.api.routes import route_register
from scrm.api.views import ApiView


class RfmView(ApiView):
    """The matrix and the run behind it."""

    scope_read = "analytics.view"
    tag = "analytics"

    @operation(
        "rfm", "The scored night: matrix, segments, rules; the current one unless a day is named.",
        answer=MatrixOut, query=RfmQuery, errors=("not_found",),
    )  # fmt: skip
    def get(self) -> Matrix:
        return matrix_of_day(self.query.get("as_of"))


route_register("rfm", RfmView, "rfm")
