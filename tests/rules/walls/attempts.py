"""What raw SQL of the app role tries on a table, and which of it should have failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import Error, connection, models, transaction

from scrm.tenants.context import no_tenant, tenant_scope
from scrm.tenants.models import Tenant


def wall_faults(
    model: type[models.Model], a: Tenant, b: Tenant, rows: dict[str, Any]
) -> Iterator[str]:
    """Every way past the wall of this table that works; `rows` holds a sample of A and of B."""
    table = connection.ops.quote_name(model._meta.db_table)
    own, other = rows["a"], rows["b"]
    with no_tenant():
        if _count(f"SELECT count(*) FROM {table}"):
            yield "rows are seen without a tenant"
        if _changed(f"DELETE FROM {table}"):
            yield "rows are deleted without a tenant"
    with tenant_scope(a):
        if not _count(f"SELECT count(*) FROM {table} WHERE id = %s", own.pk):
            yield "a brand does not see its own row"
        if _count(f"SELECT count(*) FROM {table} WHERE tenant_id <> %s", a.pk):
            yield "a brand reads another's rows"
        if _changed(f"UPDATE {table} SET created_at = created_at WHERE tenant_id = %s", b.pk):
            yield "a brand writes another's rows"
        if _changed(f"DELETE FROM {table} WHERE tenant_id = %s AND id = %s", b.pk, other.pk):
            yield "a brand deletes another's rows"
        if _changed(f"UPDATE {table} SET tenant_id = %s WHERE id = %s", b.pk, own.pk):
            yield "a brand moves its row to another"
        if _changed(*_copy_into(model, own, b)):
            yield "a brand makes a row of another's"
        yield from _bypassed(model, a)
        yield from _references(model, table, own, other)


def _bypassed(model: type[models.Model], a: Tenant) -> Iterator[str]:
    """The manager left aside: the database still says whose rows these are."""
    plain: Any = models.QuerySet(model)
    for name, found in {
        "_base_manager": model._base_manager.exclude(tenant_id=a.pk),
        "a bare QuerySet": plain.exclude(tenant_id=a.pk),
    }.items():
        if list(found[:1]):
            yield f"{name} reads another brand's rows"
    with no_tenant():
        if list(plain[:1]):
            yield "a bare QuerySet reads without a tenant"


def _references(model: type[models.Model], table: str, own: Any, other: Any) -> Iterator[str]:
    for field in model._meta.local_concrete_fields:
        if not isinstance(field, models.ForeignKey) or field.name == "tenant":
            continue
        foreign = getattr(other, field.attname) or _some_row(field.related_model, other.tenant_id)
        if foreign is None:
            yield f"{field.name} could not be tried"
            continue
        sql = f'UPDATE {table} SET "{field.column}" = %s WHERE id = %s'
        if _changed(sql, foreign, own.pk, immediate=True):
            yield f"{field.name} may point at another brand's row"


def _some_row(model: Any, tenant_id: int) -> Any:
    with tenant_scope(tenant_id):
        return model._base_manager.filter(tenant_id=tenant_id).values_list("pk", flat=True).first()


def _copy_into(model: type[models.Model], own: Any, b: Tenant) -> tuple[Any, ...]:
    fields = [field for field in model._meta.local_concrete_fields if field.column != "id"]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    shown = ", ".join("%s" if field.name == "tenant" else f'"{field.column}"' for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    if isinstance(model._meta.pk, models.UUIDField):
        names, shown = f"id, {names}", f"gen_random_uuid(), {shown}"
    return f"INSERT INTO {table} ({names}) SELECT {shown} FROM {table} WHERE id = %s", b.pk, own.pk


def _count(sql: str, *params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.fetchone()[0])


def _changed(sql: str, *params: Any, immediate: bool = False) -> int:
    """Rows that the statement would change; a refusal changes none. Nothing stays."""

    def run() -> int:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(sql, params)
                changed = int(cursor.rowcount)
                if immediate:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
        return changed

    return _refused_is_none(run)


def _refused_is_none(run: Callable[[], int]) -> int:
    try:
        return run()
    except Error:
        return 0
