"""Key rotation: every sealed column of every tenant, a chunk at a time; killed and started again, it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection, transaction

from scrm.core.sealed import SealedColumn, resealed, sealed_columns
from scrm.core.secrets import SecretUnreadable, newest_key_id
from scrm.tenants.context import across_tenants, require_tenant_id
from scrm.tenants.fields import tenant_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

CHUNK = 500
_REASON = "a key rotation seals every tenant's secrets anew"


@dataclass(kw_only=True)
class Tally:
    """What became of one column."""

    resealed: int = 0
    unreadable: int = 0


def secrets_reseal(*, is_dry: bool = False) -> dict[str, Tally]:
    """Seal everything under the newest key; with `is_dry` only count. Rows of closed tenants too."""
    told = {str(column): Tally() for column in sealed_columns()}
    for column in sealed_columns():
        if tenant_field(_model(column)) is None:
            _column(column, told[str(column)], is_dry=is_dry)
    for _tenant in across_tenants(_REASON, is_active=False):
        for column in sealed_columns():
            if tenant_field(_model(column)) is not None:
                _column(column, told[str(column)], is_dry=is_dry)
    return told


def _column(column: SealedColumn, tally: Tally, *, is_dry: bool) -> None:
    last = None
    while rows := _stale(column, last):
        last = rows[-1][0]
        fresh = list(_fresh(column, rows, tally))
        if fresh and not is_dry:
            _write(column, fresh)
        tally.resealed += len(fresh)


def _fresh(
    column: SealedColumn, rows: list[tuple[Any, Any]], tally: Tally
) -> Iterator[tuple[Any, Any, Any]]:
    for key, value in rows:
        old = bytes(value) if isinstance(value, memoryview) else value
        try:
            new = resealed(old, column.form)
        except SecretUnreadable:
            tally.unreadable += 1
            continue
        if new != old:
            yield key, old, new


def _stale(column: SealedColumn, last: Any) -> list[tuple[Any, Any]]:
    """The next rows that may be under an older key, in the order of their keys."""
    model = _model(column)
    table, key, name = _names(model, column)
    where = [f"{name} IS NOT NULL"]
    values: list[Any] = []
    shown = f"{name}::text" if column.form == "json" else name
    if column.form == "marked":
        where.append(f"{name} <> '' AND {name} NOT LIKE %s")
        values.append(f"f1${newest_key_id()}$%")
    elif column.form == "json":
        where.append(f"{shown} LIKE %s")
        values.append("%f1$%")
    else:
        where.append(f"length({name}) > 0")
    if tenant_field(model) is not None:
        where.append("tenant_id = %s")
        values.append(require_tenant_id())
    if last is not None:
        where.append(f"{key} > %s")
        values.append(last)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {shown} FROM {table} WHERE {' AND '.join(where)} "  # noqa: S608 - names of models
            f"ORDER BY {key} LIMIT {CHUNK}",
            values,
        )
        return list(cursor.fetchall())


def _write(column: SealedColumn, fresh: list[tuple[Any, Any, Any]]) -> None:
    """Only where the old text still stands: what somebody wrote meanwhile is under the newest key already."""
    model = _model(column)
    table, key, name = _names(model, column)
    cast = "::jsonb" if column.form == "json" else ""
    own = " AND tenant_id = %s" if tenant_field(model) is not None else ""
    sql = f"UPDATE {table} SET {name} = %s{cast} WHERE {key} = %s AND {name} = %s{cast}{own}"  # noqa: S608
    more = (require_tenant_id(),) if own else ()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, [(new, row, old, *more) for row, old, new in fresh])


def _model(column: SealedColumn) -> type[Model]:
    return apps.get_model(column.label)


def _names(model: type[Model], column: SealedColumn) -> tuple[str, str, str]:
    meta = model._meta
    columns = {field.name: str(field.column) for field in meta.local_concrete_fields}
    assert meta.pk is not None  # noqa: S101 - every table of ours has a key
    quote = connection.ops.quote_name
    return quote(meta.db_table), quote(columns[meta.pk.name]), quote(columns[column.field])
