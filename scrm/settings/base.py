"""What every environment shares. Joins the apps; holds no logic."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery.schedules import crontab, schedule
from django.utils.translation import gettext_lazy as _

from scrm.console.csp import CONTENT_SECURITY_POLICY  # noqa: F401 - read by django-csp
from scrm.core.logs import logging_settings

ROOT = Path(__file__).resolve().parents[2]
DATA_DIR = Path(os.environ.get("SCRM_DATA", ROOT / "var"))

INSTALLED_APPS = [
    "scrm.tenants",
    "scrm.events",
    "scrm.access",
    "scrm.webhooks",
    "scrm.approvals",
    "scrm.files",
    "scrm.ledger",
    "scrm.wecom",
    "scrm.api",
    "scrm.console",
    "members",
    "points",
    "communities",
    "distribution",
    "analytics",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "template_partials",
    "csp",
    "axes",
]

MIDDLEWARE = [
    "scrm.api.front.Front",
    "scrm.wecom.middleware.CallbackFastPath",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "scrm.api.middleware.RequestId",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "scrm.console.middleware.OperatorLanguage",
    "csp.middleware.CSPMiddleware",
    "scrm.console.maintenance.Maintenance",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "scrm.access.middleware.SessionWatch",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "scrm.urls"
WSGI_APPLICATION = "scrm.wsgi.application"
APPEND_SLASH = False
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database -----------------------------------------------------------------------------------------
SCRM_APP_ROLE = os.environ.get("SCRM_APP_ROLE", "scrm_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SERIALIZATION_MODULES: dict[str, str] = {}

# People -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "access.Operator"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name", "phone")},
    },
]
# Finance, brand administrators and platform staff must show a second factor (scrm.access.mfa).
ACCESS_MFA_REQUIRED = True
LOGIN_URL = "/console/sign-in/"
SESSION_COOKIE_AGE = 12 * 3600  # without a request; scrm.access.signin.sessions moves the end along
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# The form field is `username` while the model says `email`: without this every account counts as nobody.
AXES_USERNAME_CALLABLE = "scrm.access.signin.lockout.account_name"
AXES_LOCKOUT_CALLABLE = "scrm.console.shell.entrance.locked_out"
AXES_VERBOSE = False
# What was typed into a form with a password in it is not kept with the attempt.
AXES_SENSITIVE_PARAMETERS = [
    "username", "ip_address", "old", "new", "again", "code", "phone", "csrfmiddlewaretoken",
]  # fmt: skip

# Closed for maintenance: by setting, or while this file is there (docs/runbooks/maintenance.md).
MAINTENANCE = os.environ.get("MAINTENANCE", "0") == "1"
MAINTENANCE_FILE = os.environ.get("MAINTENANCE_FILE", "")

# Mail --------------------------------------------------------------------------------------------
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "0") == "1"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "SCRM <scrm@localhost>")

# Words and days -----------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["scrm.console.formats"]
USE_THOUSAND_SEPARATOR = False

# Files --------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# API ----------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["scrm.api.auth.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["scrm.api.auth.ScopePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["scrm.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "scrm.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "scrm.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "SCRM API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "Members, orders, points, segments, pushes and jobs of one tenant. "
    "Money is {amount, currency} with the amount in integer fen, points are integers, times are RFC 3339. "
    "Refusals are RFC 9457 problem details; docs/errors.md lists their codes.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["scrm.api.examples.examples_fill"],
}
# Days and delays in tests and demos may be moved (N-46). Production refuses to start with it on.
TEST_CLOCK = False

# WeCom --------------------------------------------------------------------------------------------
WECOM_BASE_URL = os.environ.get("WECOM_BASE_URL", "https://qyapi.weixin.qq.com")
# Where people scan to sign in; the sandbox plays it in the demo.
WECOM_LOGIN_URL = os.environ.get("WECOM_LOGIN_URL", "https://login.work.weixin.qq.com")
WECOM_HTTP_TIMEOUT = (3.0, 8.0)
WECOM_SANDBOX = False
# Where WeCom's servers reach us; shown in the binding wizard.
PUBLIC_BASE_URL = os.environ.get("PUBLIC_BASE_URL", "")

# Sends: HTTP timeout < lease / 3 and grace > 2 x HTTP timeout are checked at start ---------------
PUSH_LEASE_SECONDS = 40
PUSH_GRACE_SECONDS = 25
PUSH_CLAIMING = True  # the control of the kill tests turns it off; production refuses False
PUSH_FIRST_POLL_SECONDS = 5
PUSH_POISON_DEATHS = 2  # workers that died on one call before it is set aside
PUSH_ABSENT_LOOKUPS = 2  # looks that must miss a call in WeCom's list before it may be sent again

# Webhooks out: timeout < lease / 3 is checked at start -------------------------------------------
WEBHOOK_TIMEOUT_SECONDS = 15
WEBHOOK_LEASE_SECONDS = 60
# Networks a brand's webhook may reach although they are not public, such as 10.0.0.0/8; none by default.
WEBHOOK_ALLOWED_NETWORKS = tuple(os.environ.get("WEBHOOK_ALLOWED_NETWORKS", "").split())

# Workers ------------------------------------------------------------------------------------------
REDIS_URL = os.environ.get("REDIS_URL", "")
# Not CELERY_QUEUES: Celery would take that for its own old setting.
WORKER_QUEUES = (
    "welcome",
    "callbacks",
    "push",
    "sweep",
    "events",
    "webhooks",
    "nightly",
    "default",
)
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
# Doorbells by name; a test compares them with the tasks that exist.
CELERY_TASK_ROUTES = {
    "events.*": {"queue": "events"},
    "webhooks.*": {"queue": "webhooks"},
    "jobs.*": {"queue": "default"},
    "nightly.*": {"queue": "nightly"},
    "welcome.*": {"queue": "welcome"},
    "callbacks.*": {"queue": "callbacks"},
    "push.*": {"queue": "push"},
    "sweep.*": {"queue": "sweep"},
}
CELERY_BEAT_SCHEDULER = "redbeat.RedBeatScheduler"
CELERY_REDBEAT_REDIS_URL = REDIS_URL
CELERY_REDBEAT_LOCK_TIMEOUT = 60
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "nightly-tick": {
        "task": "nightly.tick",
        "schedule": schedule(60.0),
        "options": {"expires": 55},
    },
    "jobs-drain": {"task": "jobs.drain", "schedule": schedule(10.0), "options": {"expires": 9}},
    "sweep": {"task": "sweep.all", "schedule": schedule(10.0), "options": {"expires": 9}},
    "points-due": {
        "task": "sweep.points_due",
        "schedule": schedule(60.0),
        "options": {"expires": 55},
    },
    "merges-resume": {
        "task": "sweep.merges_resume",
        "schedule": schedule(60.0),
        "options": {"expires": 55},
    },
    "segment-sets": {
        "task": "sweep.segment_sets",
        "schedule": schedule(300.0),
        "options": {"expires": 290},
    },
    "webhooks-due": {
        "task": "webhooks.drain",
        "schedule": schedule(5.0),
        "options": {"expires": 4},
    },
    "sign-ins-tidy": {"task": "nightly.sign_ins_tidy", "schedule": crontab(hour="3", minute="41")},
    "mail": {"task": "jobs.mail", "schedule": schedule(60.0), "options": {"expires": 55}},
    "wecom-reconcile": {"task": "jobs.wecom_reconcile", "schedule": crontab(minute="17")},
}

# Operation ----------------------------------------------------------------------------------------
LOG_LEVEL = os.environ.get("SCRM_LOG_LEVEL", "INFO").upper()
LOGGING_CONFIG = "scrm.core.logs.logging_start"
LOGGING: dict[str, Any] = logging_settings(as_json=False, level=LOG_LEVEL)
# Who may read /metrics: the holder of this token, or only this machine when it is empty.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
# Networks of our own proxies; only what they say about a caller's address is believed.
TRUSTED_PROXIES = [text for text in os.environ.get("TRUSTED_PROXIES", "").split(",") if text]
# Members are found with this key; empty means the oldest of SCRM_SECRET_KEYS. It never changes.
SCRM_INDEX_KEY = os.environ.get("SCRM_INDEX_KEY", "")
OTEL_EXPORTER_OTLP_ENDPOINT = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
