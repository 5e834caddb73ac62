from __future__ import annotations

from django.apps import AppConfig
from typing_extensions import override


class LedgerConfig(AppConfig):
    name = "scrm.ledger"
    label = "ledger"

    @override
    def ready(self) -> None:
        from scrm.ledger import nightly  # noqa: F401, PLC0415 - registers the nightly proof
