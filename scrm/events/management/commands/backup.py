"""``manage.py backup``: a dump as the owner, and a manifest of what it must contain."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from scrm.events.pulse import mark
from scrm.tenants.backup.errors import BackupError
from scrm.tenants.backup.services import backup_make


class Command(BaseCommand):
    """Needs DATABASE_OWNER_URL; docs/runbooks/restore.md says what to do with the result."""

    help = "Dump the database as its owner into a file that `manage.py restore` reads."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="where to write; FILE.json goes beside it")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        url = os.environ.get("DATABASE_OWNER_URL", "")
        if not url:
            raise CommandError("set DATABASE_OWNER_URL: a back-up is made as the owner")
        try:
            manifest = backup_make(url, options["file"])
        except BackupError as refused:
            raise CommandError(str(refused)) from refused
        mark("backup")
        total = sum(manifest["rows"].values())
        self.stdout.write(f"{options['file']}: {total} rows of {len(manifest['rows'])} tables")
