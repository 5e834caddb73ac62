"""Many rows in one statement: what imports need and `bulk_create` is too slow for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from scrm.core import clock
from scrm.tenants.context import require_tenant_id
from scrm.tenants.models import TenantModel


@dataclass(frozen=True)
class Col:
    """A column with its PostgreSQL type; ``via`` turns the passed value ``{}`` into the stored one."""

    name: str
    type: str
    via: str = "{}"


def _table(model: type[TenantModel]) -> str:
    return model._meta.db_table  # noqa: SLF001 - Django's own public door to it


def rows_insert(
    model: type[TenantModel],
    columns: Sequence[Col],
    rows: Sequence[Sequence[Any]],
    *,
    conflict: str = "",
    returning: str = "",
) -> list[tuple[Any, ...]]:
    """Insert rows of the active tenant; gives back what ``returning`` names, in no order.

    ``conflict`` is an ON CONFLICT clause. Names come from our code, values are bound.
    """
    if not rows:
        return []
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(column.via.format(f'x."{column.name}"') for column in columns)
    arrays = ", ".join(f"%s::{column.type}[]" for column in columns)
    sql = (
        f'INSERT INTO "{_table(model)}" (tenant_id, created_at, updated_at, {names}) '  # noqa: S608 - our names
        f"SELECT %s, %s, %s, {values} FROM unnest({arrays}) AS x({names}) {conflict}"
    )
    if returning:
        sql += f" RETURNING {returning}"
    now = clock.now()
    lists = [list(values) for values in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [require_tenant_id(), now, now, *lists])
        return cursor.fetchall() if returning else []


def rows_update(
    model: type[TenantModel], columns: Sequence[Col], rows: Sequence[Sequence[Any]]
) -> None:
    """Set columns of rows of the active tenant; the first value of each row is its id."""
    if not rows:
        return
    names = ", ".join(f'"{column.name}"' for column in columns)
    sets = ", ".join(
        f'"{column.name}" = {column.via.format(f"""x."{column.name}" """)}' for column in columns
    )
    arrays = ", ".join(["%s::bigint[]", *(f"%s::{column.type}[]" for column in columns)])
    sql = (
        f'UPDATE "{_table(model)}" t SET updated_at = %s, {sets} '  # noqa: S608 - our names
        f"FROM unnest({arrays}) AS x(row_id, {names}) WHERE t.tenant_id = %s AND t.id = x.row_id"
    )
    lists = [list(values) for values in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [clock.now(), *lists, require_tenant_id()])
