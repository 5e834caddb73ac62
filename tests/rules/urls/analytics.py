"""Addresses of analytics."""

from __future__ import annotations

from tests.rules.urls.rows import Api, Open, Page

ROWS: list[Api | Page | Open] = [
    Page("analytics-rfm"),
]
