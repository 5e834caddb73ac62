"""Addresses of analytics."""

from __future__ import annotations

from tests.rules.urls.rows import Api, Open, Page

ROWS: list[Api | Page | Open] = [
    Api("overview", query={"days": "7"}),
    Page("analytics-overview"),
    Page("analytics-overview-export"),
    Page("analytics-rfm"),
]
