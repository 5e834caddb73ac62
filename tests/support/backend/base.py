"""Test databases are made, migrated and emptied by the owner; every query of a test runs as the app role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.db.backends.postgresql.creation import DatabaseCreation as PostgresCreation
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresOperations
from typing_extensions import override

from scrm.tenants.backend import base
from tests.support.servers import owner_settings

_ROLE_KEYS = ("USER", "PASSWORD", "HOST", "PORT")


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
            return super().create_test_db(*args, **kwargs)

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
    """TRUNCATE is the owner's right alone."""

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
                for sql in sql_list:
                    cursor.execute(sql)
        finally:
            connection.close()


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend under test, unchanged but for its set-up."""

    creation_class = DatabaseCreation
    ops_class = DatabaseOperations
