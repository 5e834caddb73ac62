"""Test databases are made, migrated and emptied by the owner; every query of a test runs as the app role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.contrib.contenttypes.management import create_contenttypes
from django.db.backends.postgresql.creation import DatabaseCreation as PostgresCreation
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresOperations
from django.db.models.signals import post_migrate
from typing_extensions import override

from scrm.tenants.backend import base
from tests.support.servers import owner_settings

_ROLE_KEYS = ("USER", "PASSWORD", "HOST", "PORT")
# Made from the code when the database is migrated, the same for every test.
_STANDING = {"django_content_type", "auth_permission"}
_MANY = 2_000


class DatabaseCreation(PostgresCreation):
    """Works as the owner, then hands the connection to the app role for good."""

    @contextmanager
    def _as_owner(self) -> Iterator[None]:
        connection = self.connection
        app = {key: connection.settings_dict[key] for key in _ROLE_KEYS}
        connection.close()
        connection.settings_dict.update(owner_settings())
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(app)

    @override
    def create_test_db(self, *args: Any, **kwargs: Any) -> str:
        with self._as_owner():
            name = super().create_test_db(*args, **kwargs)
        # They would look at every model again after each test that empties its tables.
        post_migrate.disconnect(create_contenttypes)
        post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
        return name

    @override
    def destroy_test_db(self, *args: Any, **kwargs: Any) -> None:
        with self._as_owner():
            super().destroy_test_db(*args, **kwargs)

    @override
    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        # A worker process that a test killed may not have hung up yet.
        with self._nodb_cursor() as cursor:
            cursor.execute(
                f"DROP DATABASE IF EXISTS {self.connection.ops.quote_name(test_database_name)}"
            )


class DatabaseOperations(PostgresOperations):
    """Emptying tables is the owner's right alone, and only those that hold something need it."""

    @override
    def sql_flush(self, style: Any, tables: Iterable[str], **options: Any) -> list[str]:
        return [self.quote_name(table) for table in tables if table not in _STANDING]

    @override
    def execute_sql_flush(self, sql_list: list[str]) -> None:
        owner = owner_settings()
        connection = psycopg2.connect(
            dbname=self.connection.settings_dict["NAME"],
            user=owner["USER"],
            password=owner["PASSWORD"] or None,
            host=owner["HOST"],
            port=owner["PORT"],
        )
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '20s'")
                _empty(cursor, sql_list)
        finally:
            connection.close()


def _empty(cursor: Any, tables: list[str]) -> None:
    """TRUNCATE makes new files for every table and index; a few rows go faster one by one."""
    counts = " UNION ALL ".join(
        f"SELECT '{table}', (SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {_MANY}) AS held)"
        for table in tables
    )
    cursor.execute(counts)
    held = {table: count for table, count in cursor.fetchall() if count}
    if sum(held.values()) >= _MANY:
        cursor.execute(f"TRUNCATE {', '.join(tables)}")
        return
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for table in held:
        cursor.execute(f"DELETE FROM {table}")


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend under test, unchanged but for its set-up."""

    creation_class = DatabaseCreation
    ops_class = DatabaseOperations
