"""Notices reach whom they are for, once, in the reader's language."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.events.models import Notice, NoticeRead
from scrm.events.notices import (
    KEPT,
    NoticeKind,
    notice_read,
    notice_words,
    notices_for,
    notices_forget,
    notices_read_all,
    notices_unread,
    notify,
)
from scrm.events.notices import NOTICE_KINDS as KINDS
from scrm.tenants.context import tenant_scope
from tests.support.api import tenant as new_tenant

pytestmark = pytest.mark.django_db
KIND = "tests.told"
ME, OTHER = 7, 8


@pytest.fixture(autouse=True)
def _inside(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(KINDS, KIND, NoticeKind(key=KIND, label="试"))
    with tenant_scope(new_tenant(slug="told")):
        yield


def titles(operator_id: int, *permissions: str) -> list[str]:
    found = notices_for(operator_id=operator_id, permissions=permissions)
    return sorted(found.values_list("title", flat=True))


def test_a_notice_is_for_one_person_for_a_right_or_for_all() -> None:
    notify(KIND, title="给我", operator_id=ME)
    notify(KIND, title="给财务", permission="finance.view")
    notify(KIND, title="给大家")
    assert titles(ME) == ["给大家", "给我"]
    assert titles(OTHER, "finance.view") == ["给大家", "给财务"]


def test_reading_counts_for_one_person_and_a_repeat_changes_nothing() -> None:
    notify(KIND, title="一")
    notify(KIND, title="二")
    first = Notice.objects.order_by("id")[0]
    assert notices_unread(operator_id=ME, permissions=()) == 2
    for _again in range(2):
        notice_read(first.public_id, operator_id=ME, permissions=())
    assert notices_unread(operator_id=ME, permissions=()) == 1
    assert notices_unread(operator_id=OTHER, permissions=()) == 2
    assert notices_read_all(operator_id=ME, permissions=()) == 1
    assert notices_unread(operator_id=ME, permissions=()) == 0


def test_somebody_elses_notice_is_not_there() -> None:
    notify(KIND, title="给我", operator_id=ME)
    found = Notice.objects.get()
    with pytest.raises(NotFound):
        notice_read(found.public_id, operator_id=OTHER, permissions=("finance.view",))
    assert not NoticeRead.objects.exists()


def test_one_occasion_is_told_once() -> None:
    for _again in range(3):
        notify(KIND, title="断路", once="circuit:1")
    notify(KIND, title="断路", once="circuit:2")
    notify(KIND, title="每次")
    notify(KIND, title="每次")
    assert Notice.objects.count() == 4


def test_words_are_translated_when_read_and_values_stay_apart() -> None:
    with translation.override("en"):
        notify(KIND, title=_("已完成"), values={})
    assert Notice.objects.get().title == "已完成"
    with translation.override("en"):
        assert notice_words("已完成", {}) == "Completed"
    assert notice_words("共 %(count)s 行", {"count": 3}) == "共 3 行"
    assert notice_words("100% 完成", {"count": 3}) == "100% 完成"
    assert notice_words("", {}) == ""


def test_a_kind_must_be_declared() -> None:
    with pytest.raises(ValueError, match="not registered"):
        notify("tests.unheard", title="x")


def test_old_notices_are_forgotten_with_who_read_them() -> None:
    notify(KIND, title="旧")
    notify(KIND, title="新")
    old = Notice.objects.get(title="旧")
    notice_read(old.public_id, operator_id=ME, permissions=())
    Notice.objects.filter(pk=old.pk).update(created_at=clock.now() - KEPT - timedelta(days=1))
    assert notices_forget() == {"notices": 1}
    assert list(Notice.objects.values_list("title", flat=True)) == ["新"]
    assert not NoticeRead.objects.exists()
