from __future__ import annotations

from django.apps import AppConfig
from typing_extensions import override

from scrm.core.rooms import AT_START, furniture_import


class EventsConfig(AppConfig):
    name = "scrm.events"
    label = "events"

    @override
    def ready(self) -> None:
        from scrm.core.logs import log_context_register
        from scrm.events.actor import actor_logged

        log_context_register(actor_logged)
        # All models are loaded by now, so every room may register what it publishes and hears.
        furniture_import(AT_START)
