"""Where sealed text is kept, and how to seal it anew under the newest key.

Columns of `SecretField` are found by walking the models. Who seals by other means says so here, or a
rotation would leave those columns under a key that is about to go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from typing_extensions import override

from scrm.core.secrets import (
    SecretField,
    SecretUnreadable,
    newest_key_id,
    secret_key_id,
    secret_open,
    secret_seal,
)

# `marked`: f1$<key>$<token>. `token`: a bare Fernet token, as text or bytes. `json`: marked texts inside JSON.
Form = Literal["marked", "token", "json"]
MARKED = re.compile(r"f1\$[0-9a-f]{8}\$[\w\-=]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class SealedColumn:
    """A column of a model that holds sealed text."""

    label: str
    field: str
    form: Form

    @override
    def __str__(self) -> str:
        return f"{self.label}.{self.field}"


_declared: dict[tuple[str, str], SealedColumn] = {}


def sealed_register(label: str, field: str, *, form: Form) -> None:
    """Declare a column that is sealed by other means than SecretField."""
    _declared[label, field] = SealedColumn(label=label, field=field, form=form)


def sealed_columns() -> list[SealedColumn]:
    """Every column that holds sealed text."""
    found = {}
    for model in apps.get_models():
        meta = model._meta  # noqa: SLF001 - Django's public way to a model's columns
        for field in meta.local_concrete_fields:
            if isinstance(field, SecretField):
                found[meta.label, field.name] = SealedColumn(
                    label=meta.label, field=field.name, form="marked"
                )
    return sorted({**found, **_declared}.values(), key=str)


def resealed(value: Any, form: Form) -> Any:
    """The value under the newest key; the value itself when it is so already. May raise SecretUnreadable."""
    return _FORMS[form](value)


def _marked(text: str) -> str:
    return text if secret_key_id(text) == newest_key_id() else secret_seal(secret_open(text))


def _json(text: str) -> str:
    return MARKED.sub(lambda match: _marked(match.group()), text)


def _token(value: Any) -> Any:
    token = value.encode() if isinstance(value, str) else bytes(value)
    keys = [Fernet(key) for key in settings.SCRM_SECRET_KEYS]
    try:
        keys[0].decrypt(token)
    except InvalidToken:
        pass
    else:
        return value
    try:
        fresh = MultiFernet(keys).rotate(token)
    except InvalidToken:
        message = "no key of SCRM_SECRET_KEYS opens this token"
        raise SecretUnreadable(message) from None
    return fresh.decode() if isinstance(value, str) else fresh


_FORMS: dict[Form, Callable[[Any], Any]] = {"marked": _marked, "token": _token, "json": _json}


def marked_in(text: str) -> Iterator[str]:
    """The marked texts inside a longer one."""
    return (match.group() for match in MARKED.finditer(text))
