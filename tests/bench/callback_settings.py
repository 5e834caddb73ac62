"""The callback path and an empty view in one process, without anything else in between."""

from __future__ import annotations

from scrm.settings.demo import *  # noqa: F403

MIDDLEWARE = ["scrm.wecom.middleware.CallbackFastPath"]
ROOT_URLCONF = "tests.bench.callback_urls"
