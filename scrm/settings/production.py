"""Production: every secret from the environment, no sandbox, no test clock."""

from __future__ import annotations

import os

from scrm.core.logs import logging_settings
from scrm.settings.base import *
from scrm.settings.env import database, required

PRODUCTION = True  # start-up checks refuse what only tests and demos may have
DEBUG = False
LOGGING = logging_settings(as_json=True, level=LOG_LEVEL)
SECRET_KEY = required("SECRET_KEY")
# Sessions and links of the key before stay good while it is named here.
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("SECRET_KEY_FALLBACKS", "").split(",") if key]
ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host]
CSRF_TRUSTED_ORIGINS = [
    origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin
]
DATABASES = {"default": database(required("DATABASE_URL"))}
required("REDIS_URL")  # read in base; without it every doorbell would be lost in silence
if os.environ.get("DATABASE_OWNER_URL"):  # only the migration job has it
    DATABASES["owner"] = database(os.environ["DATABASE_OWNER_URL"])
SCRM_SECRET_KEYS = required("SCRM_SECRET_KEYS").split(",")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Probes speak plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz(/platform)?$", r"^metrics$"]
SECURE_SSL_REDIRECT = os.environ.get("SECURE_SSL_REDIRECT", "1") == "1"
SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
