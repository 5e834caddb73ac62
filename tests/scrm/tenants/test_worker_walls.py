"""A worker that could see past the walls ends before it takes a task."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.support.servers import owner_settings

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.django_db
def test_a_worker_that_connects_as_the_owner_ends_in_one_line():
    found = {**connection.settings_dict, **owner_settings()}
    owner = f"postgres://{found['USER']}@{found['HOST']}:{found['PORT']}/{found['NAME']}"
    said = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "scrm.celery", "worker", "-Q", "none", "-P", "solo"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "scrm.settings.demo", "DATABASE_URL": owner},
        capture_output=True,
        text=True,
        timeout=45,
        check=False,
    )
    assert said.returncode != 0
    assert "point DATABASE_URL at the app role" in said.stdout + said.stderr
