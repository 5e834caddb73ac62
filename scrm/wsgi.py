"""WSGI entry point; refuses to serve when a tenancy wall is missing."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.production")

application = get_wsgi_application()

from scrm.api.measuring import measuring_start  # noqa: E402 - after Django is set up
from scrm.core.checks import require_settings  # noqa: E402
from scrm.tenants.walls import require_walls  # noqa: E402

require_settings()
require_walls()
measuring_start()

from django.urls import get_resolver  # noqa: E402 - a page that cannot be imported fails here, not later

get_resolver().url_patterns  # noqa: B018
