"""Read the environment. Everything a deployment may set is listed in ``.env.example``."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def required(name: str) -> str:
    """The variable, or a one-line refusal that names it."""
    value = os.environ.get(name, "")
    if not value:
        message = f"set {name} in the environment (see .env.example)"
        raise ImproperlyConfigured(message)
    return value


def database(url: str) -> dict[str, Any]:
    """Django's settings of a ``postgres://user:password@host:port/name`` URL."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        message = "DATABASE_URL must look like postgres://user:password@host:port/name"
        raise ImproperlyConfigured(message)
    return {
        "ENGINE": "scrm.tenants.backend",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": "3", **dict(parse_qsl(parts.query))},
    }
