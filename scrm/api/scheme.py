"""Our keys and our money in OpenAPI's words."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from typing_extensions import override


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """``Authorization: Bearer sk_live_…``."""

    target_class = "scrm.api.auth.KeyAuthentication"
    name = "apiKey"

    @override
    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of one tenant, made by `manage.py tenant_create` or `POST /api/v1/keys`. "
            "Its scopes are permission names, or `*`.",
        }


class MoneyShape(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """``{"amount": 1250, "currency": "CNY"}``."""

    target_class = "scrm.api.serializers.MoneyField"

    @override
    def get_name(self) -> str | None:
        return None

    @override
    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        amount: dict[str, Any] = {"type": "integer", "format": "int64", "description": "Fen."}
        if direction == "request" and self.target.min_value is not None:
            amount["minimum"] = self.target.min_value
        return {
            "type": "object",
            "properties": {"amount": amount, "currency": {"type": "string", "example": "CNY"}},
            "required": ["amount", "currency"],
            "additionalProperties": False,
        }
