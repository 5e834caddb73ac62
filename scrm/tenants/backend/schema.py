"""DDL for tenant tables: composite keys, composite foreign keys, policies and grants (tenancy.md 2, 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.backends.ddl_references import Columns, Statement
from django.db.backends.postgresql.schema import DatabaseSchemaEditor as PostgresSchemaEditor
from django.db.models import ForeignKey
from typing_extensions import override

from scrm.tenants.fields import is_tenant_model, tenant_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Field, Model

POLICY = "tenant_isolation"
TENANT_EXPRESSION = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint"


class DatabaseSchemaEditor(PostgresSchemaEditor):
    """Emits what `TenantModel` promises while Django goes on seeing a single-column ``id``."""

    # AddField must go through _create_fk_sql too, or it would make a single-column key.
    sql_create_column_inline_fk = None  # type: ignore[assignment]

    def _iter_column_sql(
        self,
        column_db_type: Any,
        params: Any,
        model: type[Model],
        field: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Iterator[str]:
        composite = is_tenant_model(model)
        parts: Iterator[str] = super()._iter_column_sql(  # type: ignore[misc]
            column_db_type, params, model, field, *args, **kwargs
        )
        for part in parts:
            if not (composite and part == "PRIMARY KEY"):
                yield part

    @override
    def table_sql(self, model: type[Model]) -> tuple[str, Any]:
        sql, params = super().table_sql(model)
        tenant = tenant_field(model)
        if tenant is not None and model._meta.pk is not None:
            end = sql.rindex(")")
            key = f'PRIMARY KEY ("{tenant.column}", "{model._meta.pk.column}")'
            sql = f"{sql[:end]}, {key}{sql[end:]}"
        return sql, params

    @override
    def create_model(self, model: type[Model]) -> None:
        super().create_model(model)
        table = self.quote_name(model._meta.db_table)
        role = self.quote_name(settings.SCRM_APP_ROLE)
        self.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}")
        if is_tenant_model(model):
            self.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            self.execute(
                f"CREATE POLICY {POLICY} ON {table} "
                f"USING ({TENANT_EXPRESSION}) WITH CHECK ({TENANT_EXPRESSION})"
            )

    def _create_fk_sql(self, model: type[Model], field: Any, suffix: str) -> Statement:
        statement: Statement = super()._create_fk_sql(model, field, suffix)  # type: ignore[misc]
        own, other = tenant_field(model), tenant_field(field.target_field.model)
        if own is not None and other is not None and field.name != "tenant":
            statement.parts["column"] = Columns(
                model._meta.db_table, [str(own.column), field.column], self.quote_name
            )
            statement.parts["to_column"] = Columns(
                field.target_field.model._meta.db_table,
                [str(other.column), field.target_field.column],
                self.quote_name,
            )
        return statement

    def _field_indexes_sql(self, model: type[Model], field: Field[Any, Any]) -> list[Any]:
        tenant = tenant_field(model)
        if tenant is None:
            return super()._field_indexes_sql(model, field)  # type: ignore[misc,no-any-return]
        if not self._field_should_be_indexed(model, field):  # type: ignore[attr-defined]
            return []
        return [self._create_index_sql(model, fields=[tenant, field])]  # type: ignore[attr-defined]

    def _create_like_index_sql(self, model: type[Model], field: Field[Any, Any]) -> Any:
        # A single-column text index would serve no tenant query; rooms declare their own.
        if is_tenant_model(model) or isinstance(field, ForeignKey):
            return None
        return super()._create_like_index_sql(model, field)  # type: ignore[misc]
