"""Parallel workers share nothing but the machine."""

from __future__ import annotations

import os

import pytest
from django.conf import settings

from tests.support.workers import own_redis_url


def test_settings_and_processes_of_a_worker_use_one_redis_database():
    assert settings.REDIS_URL == os.environ["REDIS_URL"] == settings.CELERY_BROKER_URL


@pytest.mark.parametrize(("worker", "number"), [("gw0", 0), ("gw1", 16), ("gw3", 48), ("", 0)])
def test_each_worker_has_a_database_of_its_own(monkeypatch, worker, number):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
    once = own_redis_url("redis://127.0.0.1:6379/0")
    assert once == own_redis_url(once) == f"redis://127.0.0.1:6379/{number}"
