"""``manage.py platform_staff``: who serves the platform. Given and taken at the machine, never by a page."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from scrm.access.models import Operator


class Command(BaseCommand):
    """Marks an existing operator; they still need a second factor before the desk opens."""

    help = "Make an operator platform staff, or end it with --end."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--end", action="store_true")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        changed = Operator.objects.filter(email=email).update(is_platform_staff=not options["end"])
        if not changed:
            message = f"no operator {email}"
            raise CommandError(message)
        self.stdout.write(f"{email}: platform staff {'no more' if options['end'] else 'yes'}")
