"""Settings of the processes in the journeys: the demo's, with assets served from where they lie."""

from __future__ import annotations

from scrm.settings.demo import *  # noqa: F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# The operators are made by the test process.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PUSH_FIRST_POLL_SECONDS = 2
