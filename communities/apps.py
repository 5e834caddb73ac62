from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from typing_extensions import override


class CommunitiesConfig(AppConfig):
    name = "communities"

    @override
    def ready(self) -> None:
        from communities.outreach.rules import sending_times_faults

        faults = sending_times_faults(
            http_timeout=settings.WECOM_HTTP_TIMEOUT,
            lease_seconds=settings.PUSH_LEASE_SECONDS,
            grace_seconds=settings.PUSH_GRACE_SECONDS,
        )
        if not settings.PUSH_CLAIMING and not settings.WECOM_SANDBOX:
            faults.append("PUSH_CLAIMING is off: only the sandbox may get pushes without claims")
        if faults:
            raise ImproperlyConfigured("; ".join(faults))
