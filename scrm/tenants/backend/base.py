"""The connection: says once per transaction which tenant it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from django.db.backends.postgresql.features import DatabaseFeatures as PostgresFeatures
from typing_extensions import override

from scrm.tenants.backend.schema import DatabaseSchemaEditor
from scrm.tenants.context import current_tenant_id
from scrm.tenants.fields import is_tenant_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model

_UNKNOWN = object()
_UNTOUCHED = ("SAVEPOINT", "ROLLBACK", "RELEASE")


class DatabaseFeatures(PostgresFeatures):
    """The key is (tenant, id), so GROUP BY id alone does not cover the other columns."""

    @override
    def allows_group_by_selected_pks_on_model(self, model: type[Model]) -> bool:
        return not is_tenant_model(model) and super().allows_group_by_selected_pks_on_model(model)


class DatabaseWrapper(PostgresWrapper):
    """PostgreSQL with ``app.tenant_id`` kept in step with the tenant scope."""

    SchemaEditorClass = DatabaseSchemaEditor
    features_class = DatabaseFeatures

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant_said: object = None
        self.execute_wrappers.append(say_tenant)

    @override
    def set_autocommit(self, *args: Any, **kwargs: Any) -> None:
        self.tenant_said = None
        super().set_autocommit(*args, **kwargs)

    def _commit(self) -> None:
        self.tenant_said = None
        super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        self.tenant_said = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        # SET LOCAL inside the savepoint is undone with it; say it again at the next statement.
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self.tenant_said = _UNKNOWN

    @override
    def chunked_cursor(self) -> Any:
        # A server-side cursor takes one statement, so it cannot carry the tenant's prefix; outside a
        # transaction the rows are read at once.
        return super().chunked_cursor() if self.in_atomic_block else self.cursor()

    @override
    def connect(self) -> None:
        self.tenant_said = None
        super().connect()


def say_tenant(
    execute: Callable[..., Any],
    sql: Any,
    params: Any,
    many: bool,  # noqa: FBT001 - the signature Django gives
    context: dict[str, Any],
) -> Any:
    """Execute wrapper: SET LOCAL before a transaction's first statement, a prefix in autocommit."""
    db: DatabaseWrapper = context["connection"]
    if not isinstance(sql, str) or sql.startswith(_UNTOUCHED):
        return execute(sql, params, many, context)
    tenant_id = current_tenant_id()
    # The attribute, not get_autocommit(): there is a cursor, so there is a connection, and this is the hot path.
    if db.in_atomic_block or not db.autocommit:
        if db.tenant_said != tenant_id:
            said = f"SET LOCAL app.tenant_id = '{'' if tenant_id is None else int(tenant_id)}'"
            if many or context["cursor"].cursor.name is not None:
                with db.connection.cursor() as cursor:
                    cursor.execute(said)
            else:
                sql = f"{said}; {sql}"  # one round trip less in every transaction
            db.tenant_said = tenant_id
    elif tenant_id is not None:
        sql = f"SET LOCAL app.tenant_id = '{int(tenant_id)}'; {sql}"
    return execute(sql, params, many, context)
