"""manage.py wecom_sandbox --port N --data DIR."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from scrm.wecom.sandbox.run import ProductionError, refuse_production, run


class Command(BaseCommand):
    """Run the local WeCom; it needs no database and answers on loopback only."""

    help = "Run the local WeCom (development and tests only)."
    requires_system_checks = ()

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8090)
        parser.add_argument("--data", type=Path, required=True)

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            refuse_production(settings.SETTINGS_MODULE or "")
        except ProductionError as error:
            raise CommandError(str(error)) from None
        code = run(folder=options["data"], port=options["port"])
        if code:
            sys.exit(code)
