from __future__ import annotations

from django.apps import AppConfig
from typing_extensions import override


class TenantsConfig(AppConfig):
    name = "scrm.tenants"
    label = "tenants"

    @override
    def ready(self) -> None:
        from scrm.core import checks  # noqa: F401 - registers what a process refuses to start with
        from scrm.core.logs import log_context_register
        from scrm.tenants.context import tenant_logged

        log_context_register(tenant_logged)
