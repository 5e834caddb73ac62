"""What a process refuses to start with. `manage.py` runs these as Django checks, web and workers by themselves.

Nothing here asks a server: the tenancy walls, which do, are in scrm/tenants/walls.py.
docs/runbooks/start-refused.md has one line for each.
"""

from __future__ import annotations

import base64
import binascii
import sys
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from scrm.core import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TAG = "scrm"
_KEY_BYTES = 32
_SECRET_LENGTH, _SECRET_LETTERS, _TOKEN_LENGTH = 50, 10, 16
# Printed in this repository, so no secrets anywhere else.
_PUBLIC = ("demo-only", "tests-only", "django-insecure", "ZGVtby1vbmx5", "dGVzdHMtb25se")


def _keys(production: bool) -> Iterator[CheckMessage]:  # noqa: FBT001 - one shape for all checks
    keys = list(settings.SCRM_SECRET_KEYS)
    if not keys or not all(_is_key(key) for key in keys):
        yield _error(
            "E001", "SCRM_SECRET_KEYS must be url-safe base64 of 32 bytes each, newest first"
        )
    elif len(set(keys)) != len(keys):
        yield _error("E001", "SCRM_SECRET_KEYS names a key twice")
    index = settings.SCRM_INDEX_KEY
    if index and not _is_key(index):
        yield _error("E002", "SCRM_INDEX_KEY must be url-safe base64 of 32 bytes")
    if production and any(text.startswith(_PUBLIC) for text in (*keys, index)):
        yield _error("E003", "SCRM_SECRET_KEYS holds a key that is printed in the repository")
    secret = settings.SECRET_KEY
    weak = len(secret) < _SECRET_LENGTH or len(set(secret)) < _SECRET_LETTERS
    if production and (weak or secret.startswith(_PUBLIC)):
        yield _error("E004", "SECRET_KEY is short, simple or printed in the repository")
    token = settings.METRICS_TOKEN
    if token and len(token) < _TOKEN_LENGTH:
        yield _error("E005", f"METRICS_TOKEN is shorter than {_TOKEN_LENGTH} letters")


def _doors(production: bool) -> Iterator[CheckMessage]:  # noqa: FBT001
    try:
        for text in settings.TRUSTED_PROXIES:
            ip_network(text.strip())
    except ValueError as fault:
        yield _error("E006", f"TRUSTED_PROXIES: {fault}")
    if not production:
        return
    hosts = settings.ALLOWED_HOSTS
    if not hosts or "*" in hosts:
        yield _error("E007", "ALLOWED_HOSTS must name the hosts that are served, without *")
    if not settings.PUBLIC_BASE_URL.startswith("https://"):
        yield _error(
            "E008", "PUBLIC_BASE_URL must begin with https://: WeCom and people come there"
        )
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield _error("E009", "SESSION_COOKIE_SECURE and CSRF_COOKIE_SECURE must be on")
    if not settings.TRUSTED_PROXIES:
        yield checks.Warning(
            "TRUSTED_PROXIES is empty: behind a proxy everybody seems to come from its address, and its "
            "X-Forwarded-Proto is not believed, so every page leads to https for ever",
            id=f"{TAG}.W001",
        )


def _trials(production: bool) -> Iterator[CheckMessage]:  # noqa: FBT001
    if not production:
        return
    wrong = {
        "DEBUG": settings.DEBUG,
        "TEST_CLOCK": settings.TEST_CLOCK,
        "WECOM_SANDBOX": settings.WECOM_SANDBOX,
        "CONSOLE_KIT_PAGE": getattr(settings, "CONSOLE_KIT_PAGE", False),
        "PUSH_CLAIMING": not settings.PUSH_CLAIMING,
        "ACCESS_MFA_REQUIRED": not getattr(settings, "ACCESS_MFA_REQUIRED", True),
    }
    for name in (name for name, is_wrong in wrong.items() if is_wrong):
        yield _error("E010", f"{name} is set as for a trial: production refuses that")
    if not settings.WECOM_BASE_URL.startswith("https://"):
        yield _error("E011", "production talks to the real WeCom: WECOM_BASE_URL must be https://")


def _traces(production: bool) -> Iterator[CheckMessage]:  # noqa: ARG001, FBT001
    if lack := telemetry.missing():
        yield _error("E012", lack)


_CHECKS: tuple[Callable[[bool], Iterator[CheckMessage]], ...] = (_keys, _doors, _trials, _traces)


@register(TAG)
def start_checks(
    app_configs: Sequence[Any] | None = None,  # noqa: ARG001 - Django's signature
    **_more: Any,
) -> list[CheckMessage]:
    """Everything that is wrong with the settings."""
    production = bool(getattr(settings, "PRODUCTION", False))
    return [message for check in _CHECKS for message in check(production)]


def require_settings() -> None:
    """Refuse to serve with wrong settings; say a warning once."""
    found = start_checks()
    errors = [message for message in found if message.is_serious()]
    for message in found:
        if message not in errors:
            sys.stderr.write(f"{message.id} {message.msg}\n")
    if errors:
        raise ImproperlyConfigured("; ".join(f"{e.id} {e.msg}" for e in errors))


def _error(number: str, text: str) -> CheckMessage:
    return Error(text, id=f"{TAG}.{number}")


def _is_key(text: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(text)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False
