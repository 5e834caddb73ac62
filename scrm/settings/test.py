"""Tests: real servers given by tests/conftest.py, migrated as owner, run as the app role."""

from __future__ import annotations

import os

from scrm.core.logs import logging_settings
from scrm.settings.base import *
from scrm.settings.env import database, required
from tests.support.workers import own_redis_url

INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
DEBUG = False
REDIS_URL = CELERY_BROKER_URL = CELERY_REDBEAT_REDIS_URL = own_redis_url(REDIS_URL)
SECRET_KEY = "tests-only-key-that-guards-nothing-real-0123456789"  # noqa: S105
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": database(required("DATABASE_URL"))}
DATABASES["default"]["ENGINE"] = "tests.support.backend"
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("SCRM_TEST_DB", "test_scrm")}
SCRM_SECRET_KEYS = ["dGVzdHMtb25seS1rZXktZm9yLWxvY2FsLXVzZS0wMTI="]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING = logging_settings(as_json=False, level="WARNING")
METRICS_TOKEN = OTEL_EXPORTER_OTLP_ENDPOINT = SCRM_INDEX_KEY = ""
TRUSTED_PROXIES = []
TEST_CLOCK = True
WECOM_SANDBOX = True
ACCESS_MFA_REQUIRED = False  # its own tests turn it on
WECOM_BASE_URL = "http://127.0.0.1:9"  # nobody listens; tests with a sandbox set their own
CONSOLE_KIT_PAGE = True
