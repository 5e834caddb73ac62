from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from typing_extensions import override


class ApiConfig(AppConfig):
    name = "scrm.api"
    label = "api"

    @override
    def ready(self) -> None:
        from scrm.api import scheme  # noqa: F401 - tells the OpenAPI generator about our keys

        if getattr(settings, "PRODUCTION", False) and settings.TEST_CLOCK:
            message = "TEST_CLOCK must be off in production (N-46): remove it from the settings"
            raise ImproperlyConfigured(message)
