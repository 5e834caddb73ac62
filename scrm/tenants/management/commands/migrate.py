"""``manage.py migrate`` as the owner of the schema, wherever an owner is configured."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from typing_extensions import override

OWNER_ALIAS = "owner"
LOCK_TIMEOUT = "5s"  # run again when it strikes; docs/migrations.md


class Command(DjangoMigrate):
    """Django's migrate; without ``--database`` it uses ``owner``, the app role may not change tables."""

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        has_owner = OWNER_ALIAS in connections.settings
        parser.set_defaults(database=OWNER_ALIAS if has_owner else DEFAULT_DB_ALIAS)

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        _require_owner(options["database"])
        _be_patient(options["database"])
        super().handle(*args, **options)


def _be_patient(alias: str) -> None:
    """Give up a lock that does not come at once: everybody who queues behind it would wait as well."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")


def _require_owner(alias: str) -> None:
    name = "DATABASE_OWNER_URL" if alias == OWNER_ALIAS else "DATABASE_URL"
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_user, has_schema_privilege(current_schema(), 'CREATE')")
            role, may_create = cursor.fetchone()
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise CommandError(f"no database behind {name}: {reason}") from error
    if not may_create:
        raise CommandError(
            f"database role {role} may not change the schema: set DATABASE_OWNER_URL to the owner (scrm_owner)"
        )
