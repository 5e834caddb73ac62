"""What sign-ins leave behind does not pile up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessLog
from django.contrib.sessions.models import Session

from scrm.access.tasks import nightly_sign_ins_tidy
from scrm.core import clock

pytestmark = pytest.mark.db


def test_ended_sessions_and_old_attempts_are_forgotten(db: None) -> None:
    at = clock.now()
    Session.objects.create(session_key="ended", expire_date=at - timedelta(seconds=1))
    Session.objects.create(session_key="open", expire_date=at + timedelta(hours=1))
    AccessLog.objects.create(username="lin", ip_address="127.0.0.1")
    assert nightly_sign_ins_tidy() == 1
    assert Session.objects.get().session_key == "open"
    with clock.frozen(at + timedelta(days=31)):
        assert nightly_sign_ins_tidy() == 2
    assert not AccessLog.objects.exists()
