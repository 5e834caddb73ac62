from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from typing_extensions import override


class WebhooksConfig(AppConfig):
    name = "scrm.webhooks"
    label = "webhooks"

    @override
    def ready(self) -> None:
        from scrm.webhooks.guard import networks_read
        from scrm.webhooks.rules import times_faults

        faults = times_faults(
            timeout=settings.WEBHOOK_TIMEOUT_SECONDS, lease=settings.WEBHOOK_LEASE_SECONDS
        )
        try:
            networks_read(settings.WEBHOOK_ALLOWED_NETWORKS)
        except ValueError as error:
            faults.append(f"WEBHOOK_ALLOWED_NETWORKS: {error}")
        if faults:
            raise ImproperlyConfigured("; ".join(faults))
