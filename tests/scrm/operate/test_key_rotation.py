"""The rotation rehearsal: a new key comes, everything is sealed anew, and the old key can go."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models

from members.identity.cipher import value_decrypt
from members.identity.models import Identity
from members.identity.rules import Claim
from members.identity.selectors import member_find
from scrm.access.models import Operator
from scrm.api import idempotency
from scrm.api.models import IdempotencyRecord
from scrm.core import clock, sealed
from scrm.core.secrets import SecretField, secret_key_id, secret_open, secret_seal
from scrm.events.models import OutboxEvent
from scrm.tenants import reseal
from scrm.tenants.context import tenant_scope
from scrm.tenants.fields import is_tenant_model
from scrm.tenants.models import Tenant, TenantStatus
from tests.factories.members import member
from tests.rules.walls.rows import row_make
from tests.support.api import tenant as new_tenant

pytestmark = [pytest.mark.db, pytest.mark.django_db]
OLD, NEW = (base64.urlsafe_b64encode(letter * 32).decode() for letter in (b"o", b"n"))
PHONE = "13900000007"
_TOKEN = re.compile(r"gAAAA[\w\-=]{60,}", re.ASCII)


# ------------------------------------------------------------------------------------- a world of old
def sealed_fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.local_concrete_fields if isinstance(field, SecretField)]


def platform_rows() -> Iterator[models.Model]:
    """A row of every platform table with sealed columns."""
    operator = Operator.objects.create(email="ivy@example.com")
    for model in apps.get_models():
        if is_tenant_model(model) or not sealed_fields(model):
            continue
        values: dict[str, Any] = {}
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.ForeignKey) and not field.null:
                values[field.name] = operator
            elif isinstance(field, models.DateTimeField) and not field.null:
                values[field.name] = clock.now()
        yield operator if model is Operator else model._base_manager.create(**values)


def tenant_rows() -> Iterator[models.Model]:
    kept: dict[str, models.Model] = {}
    for model in apps.get_models():
        if is_tenant_model(model) and sealed_fields(model):
            yield row_make(model, kept)


def fill(rows: Iterator[models.Model]) -> None:
    for row in rows:
        names = [field.name for field in sealed_fields(type(row))]
        type(row)._base_manager.filter(pk=row.pk).update(**dict.fromkeys(names, "a secret"))


@pytest.fixture
def brands(settings: Any) -> list[Tenant]:
    """Two brands, one of them suspended, with something in every sealed column, all under the old key."""
    settings.SCRM_SECRET_KEYS = [OLD]
    made = [new_tenant(), new_tenant()]
    fill(platform_rows())
    for brand in made:
        with tenant_scope(brand):
            fill(tenant_rows())
            member(phone=PHONE)
            OutboxEvent.objects.create(
                type="x.y",
                payload={"phones": [secret_seal(PHONE), {"more": secret_seal("7")}], "n": 1},
                occurred_at=clock.now(),
            )
            IdempotencyRecord.objects.create(
                api_key_id=1,
                key="k",
                request_hash="h",
                status=200,
                answer_sealed=idempotency._seal({"token": "t"}),
                expires_at=clock.now(),
            )
    Tenant.objects.filter(pk=made[1].pk).update(status=TenantStatus.SUSPENDED)
    return made


# ------------------------------------------------------------------------------------- what is left
def texts(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """Everything the columns of a table hold that could be sealed text."""
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    for field in model._meta.local_concrete_fields:
        if not isinstance(field, kinds):
            continue
        shown = (
            f"encode(\"{field.column}\", 'escape')"
            if isinstance(field, models.BinaryField)
            else f'"{field.column}"::text'
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {shown} FROM \"{model._meta.db_table}\" WHERE {shown} ~ 'f1[$]|gAAAA'"
            )
            for (text,) in cursor.fetchall():
                yield f"{model._meta.label}.{field.name}", text


def columns_under(key: str, brands: list[Tenant]) -> set[str]:
    """Columns anywhere in the database that only this key opens; found by looking, not by asking the code."""
    found: set[str] = set()
    opener = Fernet(key)

    def look(wanted: list[type[models.Model]]) -> None:
        for model in wanted:
            for column, text in texts(model):
                for token in _TOKEN.findall(text):
                    try:
                        opener.decrypt(token.encode())
                    except InvalidToken:
                        continue
                    found.add(column)

    everything = [model for model in apps.get_models() if model._meta.managed]
    look([model for model in everything if not is_tenant_model(model)])
    for brand in brands:
        with tenant_scope(brand), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            look([model for model in everything if is_tenant_model(model)])
    return found


# ------------------------------------------------------------------------------------- the rehearsal
def test_after_the_rotation_the_old_key_can_go(
    brands: list[Tenant], settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    declared = {str(column) for column in sealed.sealed_columns()}
    assert columns_under(OLD, brands) == declared, (
        "every sealed column is filled, and none is unknown"
    )

    settings.SCRM_SECRET_KEYS, settings.SCRM_INDEX_KEY = [NEW, OLD], OLD
    with pytest.raises(CommandError, match="still needed"):
        call_command("secrets_reseal", "--check")
    assert columns_under(OLD, brands) == declared, "a check writes nothing"

    call_command("secrets_reseal")
    assert columns_under(OLD, brands) == set()
    assert columns_under(NEW, brands) == declared
    call_command("secrets_reseal", "--check")
    capsys.readouterr()
    call_command("secrets_reseal")
    assert not re.search(r": [1-9]", capsys.readouterr().out)

    settings.SCRM_SECRET_KEYS = [NEW]
    for brand in brands:
        with tenant_scope(brand):
            found = member_find(Claim("phone", PHONE))
            assert found is not None
            assert PHONE in {value_decrypt(row.value_enc) for row in Identity.objects.all()}
            fact = OutboxEvent.objects.get(type="x.y").payload
            assert [secret_open(fact["phones"][0]), fact["n"]] == [PHONE, 1]
            kept = IdempotencyRecord.objects.get(key="k")
            assert idempotency.answer_open(bytes(kept.answer_sealed)) == {"token": "t"}
            for model in [m for m in apps.get_models() if is_tenant_model(m) and sealed_fields(m)]:
                (row,) = model.objects.all()
                assert {getattr(row, field.name) for field in sealed_fields(model)} == {"a secret"}


def test_a_column_that_nobody_declared_turns_the_rehearsal_red(
    brands: list[Tenant], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: forget one declaration, and the look into the database finds the column."""
    monkeypatch.delitem(sealed._declared, ("members.Identity", "value_enc"))
    settings.SCRM_SECRET_KEYS = [NEW, OLD]
    call_command("secrets_reseal", verbosity=0)
    assert columns_under(OLD, brands) == {"members.Identity.value_enc"}


def test_a_killed_rotation_goes_on_where_it_stopped(
    brands: list[Tenant], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SCRM_SECRET_KEYS = [NEW, OLD]
    monkeypatch.setattr(reseal, "CHUNK", 1)
    write, written = reseal._write, []

    def die_at_the_third(column: Any, fresh: list[Any]) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        write(column, fresh)
        written.append(str(column))

    monkeypatch.setattr(reseal, "_write", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        call_command("secrets_reseal", verbosity=0)
    before = sum(tally.resealed for tally in reseal.secrets_reseal(is_dry=True).values())
    monkeypatch.setattr(reseal, "_write", write)
    told = reseal.secrets_reseal()
    assert len(written) == 3
    assert sum(tally.resealed for tally in told.values()) == before > 0
    assert columns_under(OLD, brands) == set()


def test_what_is_written_meanwhile_is_not_overwritten(
    brands: list[Tenant], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SCRM_SECRET_KEYS = [NEW, OLD]
    write = reseal._write

    def somebody_was_faster(column: Any, fresh: list[Any]) -> None:
        if str(column) == "wecom.WeComCorp.secret":
            for key, _old, _new in fresh:
                model = apps.get_model("wecom.WeComCorp")
                model._base_manager.filter(pk=key).update(secret="a newer secret")
        write(column, fresh)

    monkeypatch.setattr(reseal, "_write", somebody_was_faster)
    reseal.secrets_reseal()
    with tenant_scope(brands[0]):
        assert {row.secret for row in apps.get_model("wecom.WeComCorp").objects.all()} == {
            "a newer secret"
        }


def test_a_row_whose_key_is_lost_is_told_and_left(brands: list[Tenant], settings: Any) -> None:
    settings.SCRM_SECRET_KEYS = [NEW]
    with pytest.raises(CommandError, match="does not hold"):
        call_command("secrets_reseal", verbosity=0)
    assert "wecom.WeComCorp.secret" in columns_under(OLD, brands)
    assert secret_key_id(secret_seal("x")) != ""
