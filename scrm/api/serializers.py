"""Fields and shapes that take a JSON value for what it is, and refuse what they do not know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import empty
from typing_extensions import override

from scrm.tenants.context import current_tenant

BIGINT = 2**63 - 1
_PUBLIC_ID = re.compile(r"[a-z]{2,5}_[0-9a-z]{26}")


class StrictSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A shape that refuses fields it does not know, each with its pointer."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        known = {name for name, field in self.fields.items() if not field.read_only}
        unknown = {
            str(name): [ErrorDetail(str(_("没有这个字段")), code="unknown_field")]
            for name in data
            if name not in known
        }
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            raise serializers.ValidationError({**error.detail, **unknown}) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return value


class StrictInteger(serializers.IntegerField):
    """A JSON integer within bigint; true, 1.0 and "1" are none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", -BIGINT)
        kwargs.setdefault("max_value", BIGINT)
        super().__init__(**kwargs)

    @override
    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(data)


class QueryInteger(serializers.IntegerField):
    """An integer in a query string, digits only."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", -BIGINT)
        kwargs.setdefault("max_value", BIGINT)
        super().__init__(**kwargs)

    @override
    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not re.fullmatch(r"-?[0-9]{1,19}", data):
            self.fail("invalid")
        return int(data)


class StrictString(serializers.CharField):
    """A JSON string, at most 200 characters unless told."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(**kwargs)

    @override
    def run_validation(self, data: Any = empty) -> Any:
        if data is not empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)


class StrictBoolean(serializers.BooleanField):
    """true or false, nothing that looks like it (in a query string the two words)."""

    @override
    def to_internal_value(self, data: Any) -> bool:
        if isinstance(data, bool):
            return data
        if not isinstance(self.parent, QuerySerializer) or data not in {"true", "false"}:
            self.fail("invalid", input=data)
        return bool(data == "true")


class StrictChoice(serializers.ChoiceField):
    """One of the listed words, as a string."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class StrictList(serializers.ListField):
    """A JSON array, at most 500 items unless told."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 500)
        super().__init__(**kwargs)


class PublicId(serializers.CharField):
    """An id as the API shows it, such as mem_06c2…; any other form is simply not found by services."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)

    @override
    def run_validation(self, data: Any = empty) -> Any:
        if data is not empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)


class Moment(serializers.DateTimeField):
    """An RFC 3339 time with its offset; shown in UTC."""

    default_error_messages = {"naive": _("时间要带时区偏移，例如 2026-11-22T09:30:00+08:00")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default_timezone", None)
        super().__init__(**kwargs)

    @override
    def enforce_timezone(self, value: datetime) -> datetime:
        return value

    @override
    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            self.fail("invalid", format="RFC 3339")
        moment: datetime = super().to_internal_value(value)
        if moment.tzinfo is None:
            self.fail("naive")
        try:
            return moment.astimezone(UTC)  # PostgreSQL takes no offset beyond 16 hours
        except OverflowError:
            self.fail("invalid", format="RFC 3339")


class LocalDate(serializers.DateField):
    """A calendar day, YYYY-MM-DD, in the tenant's zone."""

    @override
    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DD")
        day: date = super().to_internal_value(value)
        return day


class FreeObject(serializers.DictField):
    """A JSON object whose members the service checks itself (segment rules, settings)."""

    child = serializers.JSONField()


class MoneyField(serializers.Field):  # type: ignore[type-arg]
    """``{"amount": fen, "currency": "CNY"}``; in Python an integer in fen of the tenant's currency."""

    default_error_messages = {
        "shape": _('金额写作 {{"amount": 整数分, "currency": "CNY"}}'),
        "currency": _("币种与品牌的币种不同"),
        "min_value": _("金额不能小于 {min_value}"),
        "max_value": _("金额太大"),
    }

    def __init__(self, *, min_value: int | None = 0, **kwargs: Any) -> None:
        self.min_value = min_value
        super().__init__(**kwargs)

    @override
    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, Mapping) or set(data) != {"amount", "currency"}:
            self.fail("shape")
        amount = data["amount"]
        if (
            isinstance(amount, bool)
            or not isinstance(amount, int)
            or not isinstance(data["currency"], str)
        ):
            self.fail("shape")
        if data["currency"] != current_tenant().currency:
            self.fail("currency")
        if self.min_value is not None and amount < self.min_value:
            self.fail("min_value", min_value=self.min_value)
        if abs(amount) > BIGINT // 1_000_000:
            self.fail("max_value")
        return int(amount)

    @override
    def to_representation(self, value: int) -> dict[str, Any]:
        return {"amount": value, "currency": current_tenant().currency}


class QuerySerializer(StrictSerializer):
    """Query parameters: strings all, unknown names refused."""


class ListQuery(QuerySerializer):
    """What every list takes."""

    limit = QueryInteger(min_value=1, max_value=100, default=20, help_text="Rows a page.")
    cursor = serializers.CharField(
        required=False, max_length=600, help_text="`next` of the page before."
    )
