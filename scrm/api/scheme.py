"""Our keys as OpenAPI's security scheme."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
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
