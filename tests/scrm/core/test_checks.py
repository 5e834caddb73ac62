"""What a process refuses to start with; every refusal has its line in the runbook."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from scrm.core.checks import require_settings, start_checks
from tests.rules.tree import ROOT

RUNBOOK = ROOT / "docs" / "runbooks" / "start-refused.md"
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no key", {"SCRM_SECRET_KEYS": []}, "E001"),
    ("a key that is none", {"SCRM_SECRET_KEYS": ["short"]}, "E001"),
    ("a key twice", {"SCRM_SECRET_KEYS": ["a" * 43 + "=", "a" * 43 + "="]}, "E001"),
    ("an index key that is none", {"SCRM_INDEX_KEY": "short"}, "E002"),
    ("the demo's key", {"SCRM_SECRET_KEYS": ["ZGVtby1vbmx5LWtleS1mb3ItbG9jYWwtdXNlLTAxMjM="]}, "E003"),
    ("a short secret", {"SECRET_KEY": "abcdefghijklmnop"}, "E004"),
    ("a simple secret", {"SECRET_KEY": "ab" * 40}, "E004"),
    ("the demo's secret", {"SECRET_KEY": "demo-only-key-that-guards-nothing-real-0123456789abcdef"}, "E004"),
    ("a short token", {"METRICS_TOKEN": "short"}, "E005"),
    ("no network", {"TRUSTED_PROXIES": ["proxy.internal"]}, "E006"),
    ("a network with host bits", {"TRUSTED_PROXIES": ["10.0.0.1/8"]}, "E006"),
    ("any host", {"ALLOWED_HOSTS": ["*"]}, "E007"),
    ("no host", {"ALLOWED_HOSTS": []}, "E007"),
    ("plain HTTP", {"PUBLIC_BASE_URL": "http://scrm.example.com"}, "E008"),
    ("session cookies in clear", {"SESSION_COOKIE_SECURE": False}, "E009"),
    ("CSRF cookies in clear", {"CSRF_COOKIE_SECURE": False}, "E009"),
    ("DEBUG", {"DEBUG": True}, "E010"),
    ("the test clock", {"TEST_CLOCK": True}, "E010"),
    ("the sandbox", {"WECOM_SANDBOX": True}, "E010"),
    ("the kit page", {"CONSOLE_KIT_PAGE": True}, "E010"),
    ("pushes without claims", {"PUSH_CLAIMING": False}, "E010"),
    ("no second factor", {"ACCESS_MFA_REQUIRED": False}, "E010"),
    ("WeCom in clear", {"WECOM_BASE_URL": "http://sandbox:8010"}, "E011"),
    ("traces without their packages", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, "E012"),
]  # fmt: skip


@pytest.fixture
def production(settings: Any) -> Any:
    """Settings as a careful deployment has them."""
    good = {
        "PRODUCTION": True,
        "DEBUG": False,
        "SECRET_KEY": "".join(chr(97 + i % 26) + str(i) for i in range(40)),
        "SCRM_SECRET_KEYS": [Fernet.generate_key().decode()],
        "SCRM_INDEX_KEY": "",
        "METRICS_TOKEN": "",
        "TRUSTED_PROXIES": ["10.0.0.0/8"],
        "ALLOWED_HOSTS": ["scrm.example.com"],
        "PUBLIC_BASE_URL": "https://scrm.example.com",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "TEST_CLOCK": False,
        "WECOM_SANDBOX": False,
        "CONSOLE_KIT_PAGE": False,
        "PUSH_CLAIMING": True,
        "ACCESS_MFA_REQUIRED": True,
        "WECOM_BASE_URL": "https://qyapi.weixin.qq.com",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "",
    }
    for name, value in good.items():
        setattr(settings, name, value)
    return settings


def test_a_careful_deployment_starts(production: Any) -> None:
    """The control of every refusal below."""
    assert start_checks() == []
    require_settings()


@pytest.mark.parametrize(("what", "changes", "number"), REFUSED, ids=[row[0] for row in REFUSED])
def test_production_refuses(
    production: Any, what: str, changes: dict[str, Any], number: str
) -> None:
    for name, value in changes.items():
        setattr(production, name, value)
    assert [message.id for message in start_checks()] == [f"scrm.{number}"]
    with pytest.raises(ImproperlyConfigured, match=f"scrm.{number}"):
        require_settings()


def test_a_proxy_that_nobody_named_is_a_warning(
    production: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    production.TRUSTED_PROXIES = []
    assert [message.id for message in start_checks()] == ["scrm.W001"]
    require_settings()
    assert "scrm.W001" in capsys.readouterr().err


def test_trials_start_as_they_are(settings: Any) -> None:
    settings.PRODUCTION = False
    assert start_checks() == []


def test_every_refusal_has_its_line_in_the_runbook() -> None:
    text = RUNBOOK.read_text(encoding="utf-8")
    numbers = {row[2] for row in REFUSED} | {"W001"}
    source = (ROOT / "scrm" / "core" / "checks.py").read_text(encoding="utf-8")
    assert {number for number in numbers if f'"{number}"' not in source} == {"W001"}
    assert [number for number in sorted(numbers) if number not in text] == []
