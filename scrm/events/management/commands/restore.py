"""``manage.py restore``: into an empty database, then compared with the back-up's manifest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from scrm.tenants.backup.errors import BackupError
from scrm.tenants.backup.services import manifest_read, restore_faults, restore_make


class Command(BaseCommand):
    """Works on DATABASE_OWNER_URL; fails when anything is not as it was."""

    help = "Restore a file of `manage.py backup` into the empty database of DATABASE_OWNER_URL."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--jobs", type=int, default=2, help="tables restored side by side")
        parser.add_argument(
            "--compare", action="store_true", help="only compare what another tool restored"
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        url = os.environ.get("DATABASE_OWNER_URL", "")
        if not url:
            raise CommandError("set DATABASE_OWNER_URL: tables are restored as the owner")
        try:
            if options["compare"]:
                faults = restore_faults(url, manifest_read(options["file"]))
            else:
                superuser = os.environ.get("DATABASE_SUPERUSER_URL", "")
                faults = restore_make(
                    url, options["file"], superuser_url=superuser, jobs=options["jobs"]
                )
        except BackupError as refused:
            raise CommandError(str(refused)) from refused
        if faults:
            raise CommandError("\n".join(["not as it was:", *faults]))
        self.stdout.write(
            "restored: rows, policies, grants, constraints and marks are as they were"
        )
