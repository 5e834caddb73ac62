from __future__ import annotations

from django.apps import AppConfig
from typing_extensions import override

from scrm.core.rooms import AT_START, furniture_import


class EventsConfig(AppConfig):
    name = "scrm.events"
    label = "events"

    @override
    def ready(self) -> None:
        # All models are loaded by now, so every room may register what it publishes and hears.
        furniture_import(AT_START)
