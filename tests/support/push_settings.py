"""Settings of the worker processes in the kill tests: short times, and the control's switch."""

from __future__ import annotations

import os

from scrm.settings.demo import *  # noqa: F403

WECOM_HTTP_TIMEOUT = (0.4, 1.4)
PUSH_LEASE_SECONDS = 6
PUSH_GRACE_SECONDS = 4
PUSH_FIRST_POLL_SECONDS = 600  # nobody confirms here: questions would only add load
PUSH_CLAIMING = os.environ.get("PUSH_CLAIMING", "1") == "1"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 15,
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
}
