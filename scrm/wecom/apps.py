from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from typing_extensions import override


class WecomConfig(AppConfig):
    name = "scrm.wecom"
    label = "wecom"

    @override
    def ready(self) -> None:
        # The sandbox speaks plain HTTP; a token of the real WeCom must never travel that way.
        is_real = settings.WECOM_BASE_URL.startswith("https://") and not settings.WECOM_SANDBOX
        if getattr(settings, "PRODUCTION", False) and not is_real:
            message = "production talks to the real WeCom: WECOM_BASE_URL must begin with https://"
            raise ImproperlyConfigured(message)
