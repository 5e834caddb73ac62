from __future__ import annotations

from django.apps import AppConfig


class WecomConfig(AppConfig):
    name = "scrm.wecom"
    label = "wecom"
