"""Take a person's words out of a table: black them out in its texts, or drop the rows that hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db import connection

from scrm.core.persons import Person, spellings, value_without, words_in
from scrm.tenants.context import require_tenant_id
from scrm.tenants.models import TenantModel

Words = Callable[[Person], Iterable[str]]
Erase = Callable[[Person, int], int]
_PART = 200


def all_words(person: Person) -> Iterable[str]:
    """Names, too: for what was written about people."""
    return person.words


def key_words(person: Person) -> Iterable[str]:
    """Only what belongs to nobody else: for the brand's own texts, where a name may be any word."""
    return person.keys


def rows_holding(
    model: type[TenantModel], columns: Sequence[str], words: Iterable[str]
) -> list[Any]:
    """Keys of the rows any of whose columns holds a spelling of a word."""
    found = spellings(words)
    if not found:
        return []
    meta = model._meta
    by_name = {field.name: str(field.column) for field in meta.local_concrete_fields}
    names = [by_name[column] for column in columns]
    tests = " OR ".join(f'"{name}"::text ILIKE ANY(%(words)s)' for name in names)
    escaped = [re.sub(r"([\\%_])", r"\\\1", each) for each in found]
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id FROM "{meta.db_table}" WHERE tenant_id = %(tenant)s AND ({tests}) ORDER BY id',  # noqa: S608
            {"tenant": require_tenant_id(), "words": [f"%{each}%" for each in escaped]},
        )
        return [row[0] for row in cursor.fetchall()]


def _rows(model: Any, keys: Sequence[Any]) -> Iterator[Any]:
    for start in range(0, len(keys), _PART):
        yield from model.objects.filter(pk__in=keys[start : start + _PART])


def texts_out(model: type[TenantModel], *columns: str, words: Words = all_words) -> Erase:
    """An eraser that blacks out a person's words in these columns of text or JSON."""

    def erase(person: Person, limit: int) -> int:
        told = tuple(words(person))
        pattern, changed = words_in(told), 0
        for row in _rows(model, rows_holding(model, columns, told)):
            cleaned = {name: value_without(getattr(row, name), pattern) for name in columns}
            cleaned = {
                name: value for name, value in cleaned.items() if value != getattr(row, name)
            }
            if cleaned:
                manager: Any = model
                manager.objects.filter(pk=row.pk).update(**cleaned)
                changed += 1
            if changed >= limit:
                break
        return changed

    return erase


def rows_out(model: type[TenantModel], *columns: str, words: Words = all_words) -> Erase:
    """An eraser that drops the rows with a word of the person in these columns."""

    def erase(person: Person, limit: int) -> int:
        told = tuple(words(person))
        pattern = words_in(told)
        keys = [
            row.pk
            for row in _rows(model, rows_holding(model, columns, told))
            if any(value_without(getattr(row, n), pattern) != getattr(row, n) for n in columns)
        ][:limit]
        manager: Any = model
        manager.objects.filter(pk__in=keys).delete()
        return len(keys)

    return erase


def members_rows_out(model: type[TenantModel], column: str = "member") -> Erase:
    """An eraser that drops the rows of the person's accounts."""

    def erase(person: Person, limit: int) -> int:
        manager: Any = model
        rows = manager.objects.filter(**{f"{column}_id__in": person.member_ids})
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
        manager.objects.filter(pk__in=keys).delete()
        return len(keys)

    return erase


def one_after_another(*steps: Erase) -> Erase:
    """Several erasers as one."""

    def erase(person: Person, limit: int) -> int:
        return next((done for step in steps if (done := step(person, limit))), 0)

    return erase


def label_of(model: type[TenantModel]) -> str:
    """The label by which a model is declared."""
    return str(model._meta.label_lower)
