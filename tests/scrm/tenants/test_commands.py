"""A brand from nothing, and migrations as the right role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from scrm.access.models import Operator
from scrm.access.services import membership_roles
from scrm.tenants.models import Tenant
from tests.support.api import ApiClient
from tests.support.servers import process_environment

pytestmark = pytest.mark.db


def create(**options: Any) -> dict[str, Any]:
    said = StringIO()
    call_command("tenant_create", stdout=said, **options)
    told: dict[str, Any] = json.loads(said.getvalue())
    return told


def test_a_new_brand_can_be_driven_at_once(db: None) -> None:
    told = create(
        slug="fresh", name="新品牌", timezone="Asia/Tokyo", admin_email="Boss@Example.com"
    )
    answer = ApiClient(told["api_key"]).ask("GET", "tenant").json()
    assert (answer["id"], answer["timezone"]) == (told["tenant"]["id"], "Asia/Tokyo")
    browser = Client()
    signed = browser.post(
        "/console/sign-in/", {"username": "boss@example.com", "password": told["admin"]["password"]}
    )
    assert signed.status_code == 302
    assert browser.get("/console/fresh/jobs/").status_code == 200


def test_an_administrator_of_two_brands_keeps_their_password(db: None) -> None:
    create(slug="one", name="1", admin_email="a@example.com", admin_password="long enough 7")
    told = create(slug="two", name="2", admin_email="A@example.com", admin_password="other words 8")
    operator = Operator.objects.get(email="a@example.com")
    assert operator.check_password("long enough 7")
    assert "password" not in told["admin"]
    two = Tenant.objects.get(slug="two")
    assert membership_roles(operator=operator, tenant_id=two.pk) == ["tenant_admin"]


@pytest.mark.parametrize(
    "options",
    [
        {"slug": "Bad Slug", "name": "x"},
        {"slug": "x" * 60, "name": "x"},
        {"slug": "good", "name": ""},
        {"slug": "good", "name": "x", "timezone": "Mars/Olympus"},
        {"slug": "good", "name": "x", "admin_email": "nobody"},
        {"slug": "good", "name": "x", "admin_email": "a@example.com", "admin_password": "short"},
    ],
)
def test_nothing_is_made_from_bad_words(db: None, options: dict[str, Any]) -> None:
    with pytest.raises(CommandError):
        create(**options)
    assert not Tenant.objects.filter(slug=options["slug"]).exists()
    assert not Operator.objects.exists()


def test_a_slug_is_taken_once(db: None) -> None:
    create(slug="same", name="x")
    with pytest.raises(CommandError, match="taken"):
        create(slug="same", name="y")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.ROOT,
        env=process_environment(**environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_migrations_as_the_app_role_say_what_to_do(db: None) -> None:
    said = run("migrate", "--plan", DATABASE_OWNER_URL="")
    assert said.returncode == 1
    assert said.stderr.strip() == (
        "CommandError: database role scrm_app may not change the schema: "
        "set DATABASE_OWNER_URL to the owner (scrm_owner)"
    )


def test_migrations_without_a_database_say_so_in_one_line(db: None) -> None:
    nowhere = "postgres://scrm_owner@127.0.0.1:1/none"
    said = run("migrate", DATABASE_URL=nowhere, DATABASE_OWNER_URL=nowhere)
    assert said.returncode == 1
    [line] = said.stderr.strip().splitlines()
    assert line.startswith("CommandError: no database behind DATABASE_OWNER_URL")


def test_migrations_use_the_owner_where_one_is_configured(db: None) -> None:
    from django.db import connection

    owner = os.environ["DATABASE_OWNER_URL"].rpartition("/")[0]
    said = run(
        "migrate", "--plan", DATABASE_OWNER_URL=f"{owner}/{connection.settings_dict['NAME']}"
    )
    assert (said.returncode, said.stderr) == (0, "")
    assert "No planned migration operations" in said.stdout


def test_production_refuses_the_test_clock(tmp_path: Any) -> None:
    (tmp_path / "wrong_settings.py").write_text(
        "from scrm.settings.production import *\nTEST_CLOCK = True\n"
    )
    said = run(
        "check",
        DJANGO_SETTINGS_MODULE="wrong_settings",
        PYTHONPATH=f"{settings.ROOT}:{tmp_path}",
        SECRET_KEY="x" * 60,
        SCRM_SECRET_KEYS=settings.SCRM_SECRET_KEYS[0],
        WECOM_BASE_URL="https://qyapi.weixin.qq.com",
    )
    assert said.returncode == 1
    assert "TEST_CLOCK must be off in production" in said.stderr
