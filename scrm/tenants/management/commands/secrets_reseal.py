"""``manage.py secrets_reseal``: after a new first key in SCRM_SECRET_KEYS, before an old one goes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from scrm.tenants.reseal import secrets_reseal


class Command(BaseCommand):
    """May run again at any time, also after it was killed: what is done is not done again."""

    help = "Seal every encrypted column of every tenant under the newest key."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail if an older key is needed"
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        told = secrets_reseal(is_dry=options["check"])
        verb = "under an older key" if options["check"] else "re-sealed"
        for name, tally in told.items():
            more = f", {tally.unreadable} unreadable" if tally.unreadable else ""
            self.stdout.write(f"{name}: {tally.resealed} {verb}{more}")
        if any(tally.unreadable for tally in told.values()):
            raise CommandError("some rows are under a key that SCRM_SECRET_KEYS does not hold")
        if options["check"] and any(tally.resealed for tally in told.values()):
            raise CommandError("an older key is still needed")
