"""Addresses of analytics."""

from __future__ import annotations

from datetime import date

from analytics.rfm.services import rfm_score
from tests.rules.urls.rows import Api, Open, Page


def objects() -> dict[str, str]:
    rfm_score(date(2026, 11, 1))
    return {}


ROWS: list[Api | Page | Open] = [
    Api("overview", query={"days": "7"}),
    Page("analytics-overview"),
    Page("analytics-overview-export"),
    Api("rfm", stranger=404),  # brand B has scored no night
    Page("analytics-rfm"),
]
