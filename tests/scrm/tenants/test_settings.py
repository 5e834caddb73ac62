"""Settings: typed, bounded, versioned, guarded, and readable as they once were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from scrm.core import clock
from scrm.core.errors import InvalidValue, NotFound
from scrm.events.actor import acting_as
from scrm.events.models import AuditLog
from scrm.tenants.acknowledgements import (
    CAUTIONS,
    AcknowledgementRequired,
    Caution,
    acknowledge,
    is_acknowledged,
    require_acknowledged,
)
from scrm.tenants.changing import (
    Change,
    SettingsChanged,
    differences,
    restore_change,
    tenant_change_apply,
)
from scrm.tenants.context import current_tenant, tenant_scope
from scrm.tenants.limits import LevelCapExceeded, commission_levels_check
from scrm.tenants.models import Acknowledgement, SettingVersion, Tenant
from scrm.tenants.profile import CurrencyInUse
from scrm.tenants.services import tenant_create
from scrm.tenants.setting_kinds import NumberList
from scrm.tenants.settings import SETTINGS, Kind, setting, setting_register, settings_check
from scrm.tenants.versions import setting_at
from tests.factories.members import order

pytestmark = pytest.mark.db


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    made = tenant_create(slug="shop", name="店", timezone="Asia/Shanghai")
    with tenant_scope(made):
        yield made


def save(tenant: Tenant, **more: Any) -> Tenant:
    return tenant_change_apply(tenant_id=tenant.pk, change=Change(**more))


# ------------------------------------------------------------------------------------- kinds
@pytest.fixture
def a_kind(request: pytest.FixtureRequest) -> Iterator[None]:
    kind, more = request.param
    setting_register("tests.x", kind=kind, label="x", effect="now", group="members", **more)
    yield
    del SETTINGS["tests.x"]


_PAIR = {"a": NumberList(length=2, is_ascending=True)}


@pytest.mark.parametrize(
    ("a_kind", "good", "bad"),
    [
        ((Kind.INT, {"default": 1, "minimum": 0, "maximum": 9}), [0, 9], [-1, 10, True, "1", 1.0]),
        ((Kind.DAYS, {"default": 1, "minimum": 1}), [1, 400], [0, None]),
        ((Kind.BOOL, {"default": False}), [True, False], [0, "true", None]),
        ((Kind.STR, {"default": ""}), ["", "x" * 200], ["x" * 201, 1, "\x00"]),
        ((Kind.CHOICE, {"default": "a", "choices": {"a": "A", "b": "B"}}), ["b"], ["c", "", 1]),
        ((Kind.TIME, {"default": "09:00"}), ["00:00", "23:59"], ["24:00", "9:00", ""]),
        ((Kind.PERIOD, {"default": ""}), ["", "22:00-08:00"], ["22:00", "22:00-8:00"]),
        ((Kind.LIST, {"default": [], "schema": NumberList(maximum=5)}), [[], [5]], [[6], ["1"], 3]),
        ((Kind.DICT, {"default": {"a": [1, 2]}, "schema": _PAIR}), [{"a": [3, 4]}],
         [{"a": [4, 3]}, {"a": [1]}, {}, {"a": [1, 2], "b": []}, []]),
    ],
    indirect=["a_kind"],
)  # fmt: skip
def test_a_setting_takes_its_kind_and_nothing_else(
    a_kind: None, good: list[Any], bad: list[Any]
) -> None:
    for value in good:
        assert settings_check({"tests.x": value}) == {"tests.x": value}
    for value in bad:
        with pytest.raises(InvalidValue) as refused:
            settings_check({"tests.x": value}, root="/values")
        assert refused.value.pointer == "/values/tests.x"


def test_every_setting_says_what_it_does_and_stands_its_own_checks() -> None:
    for spec in SETTINGS.values():
        assert str(spec.label), spec.key
        assert str(spec.effect), spec.key
        assert spec.refusal(spec.default) == "", spec.key


def test_a_default_that_would_be_refused_is_not_registered() -> None:
    with pytest.raises(ValueError, match="default"):
        setting_register(
            "tests.y", kind=Kind.INT, default=-1, minimum=0, label="y", effect="-", group="points"
        )
    assert "tests.y" not in SETTINGS


# ------------------------------------------------------------------------------------- versions
def test_every_save_is_a_version_with_author_difference_and_audit(tenant: Tenant) -> None:
    with acting_as("operator", id="7", label="林晓"):
        save(tenant, values={"push.per_day": 2, "push.per_week": 3}, note="大促")
    row = SettingVersion.objects.get()
    assert (row.number, row.author_label, row.note) == (1, "林晓", "大促")
    assert (row.before, row.after) == ({"push.per_day": 1}, {"push.per_day": 2})
    audit = AuditLog.objects.get(action="settings.changed")
    assert (audit.before, audit.after, audit.actor_label) == (row.before, row.after, "林晓")
    assert setting("push.per_day") == 2
    assert current_tenant().settings_version == 1


def test_saving_what_stands_already_writes_nothing(tenant: Tenant) -> None:
    save(tenant, values={"push.per_day": 1}, profile={"name": "店"})
    assert not SettingVersion.objects.exists()
    assert not AuditLog.objects.exists()


def test_a_setting_is_readable_at_any_past_day(tenant: Tenant) -> None:
    def at(day: int, hour: int = 4) -> datetime:
        return datetime(2026, 3, day, hour, tzinfo=UTC)

    for day, value in ((1, 2), (5, 4)):
        with clock.frozen(at(day)):
            save(tenant, values={"push.per_day": value})
    with clock.frozen(at(9)):
        save(tenant, reset=["push.per_day"])
        save(tenant, profile={"timezone": "Europe/Berlin"})
    asked = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 4), date(2026, 3, 5)]
    assert [setting_at("push.per_day", day) for day in asked] == [1, 2, 2, 4]
    assert setting_at("push.per_day", at(1, 3)) == 1
    assert setting_at("push.per_day", at(1, 5)) == 2
    assert setting_at("push.per_day", date(2026, 3, 9)) == 1
    assert setting_at("timezone", at(5)) == "Asia/Shanghai"
    assert setting_at("timezone", at(10)) == "Europe/Berlin"
    with pytest.raises(NotFound):
        setting_at("no.such", at(1))


def test_settings_from_before_versions_are_readable_too(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(settings={"push.per_day": 5})
    assert setting_at("push.per_day", date(2020, 1, 1)) == 5
    save(tenant, values={"push.per_day": 6})
    assert setting_at("push.per_day", date(2020, 1, 1)) == 5


def test_going_back_is_a_new_version(tenant: Tenant) -> None:
    save(tenant, values={"push.per_day": 2})
    save(tenant, values={"push.per_day": 9, "push.quiet": ""}, profile={"name": "新店"})
    change = restore_change(1, note="后悔")
    assert {(d.key, d.before, d.after) for d in differences(tenant_of(tenant), change)} == {
        ("push.per_day", 9, 2), ("push.quiet", "", "22:00-08:00"), ("name", "新店", "店"),
    }  # fmt: skip
    tenant_change_apply(tenant_id=tenant.pk, change=change)
    assert (setting("push.per_day"), setting("push.quiet")) == (2, "22:00-08:00")
    row = SettingVersion.objects.order_by("-number")[0]
    assert (row.number, row.restores, row.note) == (3, 1, "后悔")
    assert AuditLog.objects.filter(action="settings.restored").count() == 1


def tenant_of(tenant: Tenant) -> Tenant:
    return Tenant.objects.get(pk=tenant.pk)


def test_of_two_people_who_edit_at_once_the_second_is_told(tenant: Tenant) -> None:
    save(tenant, values={"push.per_day": 2}, version=0)
    with pytest.raises(SettingsChanged):
        save(tenant, values={"push.per_week": 9}, version=0)
    assert setting("push.per_week") == 3
    save(tenant, values={"push.per_week": 9})  # the control: without a version the last one wins
    assert setting("push.per_week") == 9


@pytest.mark.parametrize("table", ["tenants_settingversion", "tenants_acknowledgement"])
def test_history_cannot_be_rewritten(tenant: Tenant, table: str) -> None:
    save(tenant, values={"push.per_day": 2})
    acknowledge("dist.second_level", CAUTIONS["dist.second_level"].version)
    for act in (f"UPDATE {table} SET author_label = 'x'", f"DELETE FROM {table}"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(act)


# ------------------------------------------------------------------------------------- profile
def test_the_currency_stays_once_there_are_orders(tenant: Tenant) -> None:
    save(tenant, profile={"currency": "HKD"})
    assert tenant_of(tenant).currency == "HKD"
    order(external_id="1")
    with pytest.raises(CurrencyInUse):
        save(tenant, profile={"currency": "USD"})
    save(tenant, profile={"currency": "HKD", "name": "新"})  # unchanged is no change


@pytest.mark.parametrize(
    ("profile", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"industry": "mining"}, "/industry"),
        ({"color": "blue"}, "/color"),
        ({"currency": "XXX"}, "/currency"),
    ],
)
def test_a_profile_is_checked(tenant: Tenant, profile: dict[str, str], pointer: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        save(tenant, profile=profile)
    assert refused.value.pointer == pointer


# ------------------------------------------------------------------------------------- guards
def test_a_guarded_value_waits_for_somebody_to_take_it_on(tenant: Tenant) -> None:
    with pytest.raises(AcknowledgementRequired) as refused:
        save(tenant, values={"dist.levels": 2})
    assert refused.value.details["acknowledgement"] == "dist.second_level"
    assert setting("dist.levels") == 1
    with acting_as("operator", id="7", label="林晓"):
        given = acknowledge("dist.second_level", CAUTIONS["dist.second_level"].version)
    assert given.author_label == "林晓"
    assert given.text == str(CAUTIONS["dist.second_level"].text)
    save(tenant, values={"dist.levels": 2})
    assert setting("dist.levels") == 2
    with pytest.raises(AcknowledgementRequired):  # another warning is another matter
        save(tenant, values={"points.share_moments": True})


def test_a_guarded_value_can_always_be_switched_off(tenant: Tenant) -> None:
    acknowledge("induced_sharing", 1)
    save(tenant, values={"points.share_moments": True})
    save(tenant, values={"points.share_moments": False})
    assert setting("points.share_moments") is False


def test_a_new_edition_of_a_warning_asks_again(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledge("induced_sharing", 1)
    assert is_acknowledged("induced_sharing")
    newer = Caution(key="induced_sharing", title="t", text="x", version=2)
    monkeypatch.setitem(CAUTIONS, "induced_sharing", newer)
    with pytest.raises(AcknowledgementRequired):
        require_acknowledged("induced_sharing")
    with pytest.raises(InvalidValue):
        acknowledge("induced_sharing", 1)
    assert Acknowledgement.objects.get().text != "x"


def test_a_restore_meets_the_guard_as_well(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    acknowledge("dist.second_level", 1)
    save(tenant, values={"dist.levels": 2})
    save(tenant, reset=["dist.levels"])
    newer = Caution(key="dist.second_level", title="t", text="x", version=2)
    monkeypatch.setitem(CAUTIONS, "dist.second_level", newer)
    with pytest.raises(AcknowledgementRequired):
        tenant_change_apply(tenant_id=tenant.pk, change=restore_change(1))


def test_no_third_level_by_setting_by_service_or_by_hand(tenant: Tenant) -> None:
    with pytest.raises(LevelCapExceeded):
        save(tenant, values={"dist.levels": 3})
    with pytest.raises(LevelCapExceeded):
        commission_levels_check(3)
    assert commission_levels_check(2) == 2
    for level in ("3", '"3"', "0"):
        with (
            pytest.raises(IntegrityError, match="tenant_commission_levels"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "UPDATE tenants_tenant SET settings = jsonb_build_object('dist.levels', %s::jsonb)",
                [level],
            )
    with connection.cursor() as cursor:  # the control: two levels may stand
        cursor.execute("UPDATE tenants_tenant SET settings = jsonb_build_object('dist.levels', 2)")
