"""Thousands of keys in one condition: bound as one array, where `__in` would look at each by itself."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import BooleanField, F, Func, Value


def keys_among(field: str, keys: Iterable[int]) -> Func:
    """The condition that a bigint field is one of these keys, for `filter`."""
    return Func(
        F(field),
        Value(list(keys)),
        template="(%(expressions)s::bigint[]))",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
