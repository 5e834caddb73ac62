"""The demo: everything on one machine, WeCom played by the sandbox, the test clock on."""

from __future__ import annotations

import os

from scrm.settings.base import *
from scrm.settings.env import database, required

INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
DEBUG = False
SECRET_KEY = os.environ.get("SECRET_KEY", "demo-only-key-that-guards-nothing-real-0123456789")
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": database(required("DATABASE_URL"))}
if os.environ.get("DATABASE_OWNER_URL"):
    DATABASES["owner"] = database(os.environ["DATABASE_OWNER_URL"])
SCRM_SECRET_KEYS = [
    os.environ.get("SCRM_SECRET_KEYS", "ZGVtby1vbmx5LWtleS1mb3ItbG9jYWwtdXNlLTAxMjM=")
]
TEST_CLOCK = True
WECOM_SANDBOX = True
WECOM_LOGIN_URL = WECOM_BASE_URL
# The demo's people sign in by password alone; anybody may turn the second factor on for themselves.
ACCESS_MFA_REQUIRED = False
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"  # into the worker's log
WEBHOOK_ALLOWED_NETWORKS = ("127.0.0.0/8", "::1/128")  # a receiver on this machine
CONSOLE_KIT_PAGE = True
