"""What the app refuses to start with."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"PUSH_LEASE_SECONDS": 30}, "PUSH_LEASE_SECONDS"),
        ({"PUSH_GRACE_SECONDS": 20}, "PUSH_GRACE_SECONDS"),
        ({"WECOM_HTTP_TIMEOUT": (3.0, 30.0)}, "WECOM_HTTP_TIMEOUT"),
        ({"PUSH_CLAIMING": False, "WECOM_SANDBOX": False}, "PUSH_CLAIMING"),
    ],
)
def test_settings_that_could_send_twice_are_refused(
    settings: Any, changes: dict[str, object], word: str
) -> None:
    config = apps.get_app_config("communities")
    config.ready()
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=word):
        config.ready()


@pytest.mark.parametrize(
    "changes", [{"WECOM_SANDBOX": True}, {"WECOM_BASE_URL": "http://sandbox:8010"}]
)
def test_production_refuses_the_sandbox(settings: Any, changes: dict[str, object]) -> None:
    settings.PRODUCTION, settings.WECOM_SANDBOX = True, False
    settings.WECOM_BASE_URL = "https://qyapi.weixin.qq.com"
    config = apps.get_app_config("wecom")
    config.ready()
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match="WECOM_BASE_URL"):
        config.ready()
