"""Warnings that somebody must take on themselves before a guarded switch moves (domain.md B2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidValue, NotFound
from scrm.tenants.deeds import author_now, deed_record
from scrm.tenants.models import Acknowledgement

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise


class AcknowledgementRequired(DomainError):
    """Somebody must first read the caution about this and take it on themselves, in the console."""

    code = "acknowledgement_required"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, kw_only=True)
class Caution:
    """The text that is read and taken on. A new edition asks everybody again."""

    key: str
    title: str | _StrPromise
    text: str | _StrPromise
    version: int


CAUTIONS: dict[str, Caution] = {}


def caution_register(
    key: str, *, title: str | _StrPromise, text: str | _StrPromise, version: int
) -> None:
    """Declare a caution; settings name it in their guard."""
    if key in CAUTIONS:
        message = f"caution {key} is registered twice"
        raise ValueError(message)
    CAUTIONS[key] = Caution(key=key, title=title, text=text, version=version)


def caution_get(key: str) -> Caution:
    """The caution of that key; NotFound otherwise."""
    if key not in CAUTIONS:
        raise NotFound
    return CAUTIONS[key]


def acknowledge(key: str, text_version: int) -> Acknowledgement:
    """The actor takes the caution on, as it stands now; another edition than the shown one is refused."""
    caution, author = caution_get(key), author_now()
    if text_version != caution.version:
        raise InvalidValue(_("提示内容已更新，请重新阅读"), pointer="/text_version")
    with transaction.atomic():
        given = Acknowledgement.objects.create(
            key=key,
            text_version=text_version,
            title=str(caution.title),
            text=str(caution.text),
            author_kind=author.kind,
            author_id=author.id,
            author_label=author.label,
            at=clock.now(),
        )
        deed_record(
            "acknowledgement.given",
            object_type="acknowledgement",
            object_id=given.public_id,
            after={"key": key, "text_version": text_version},
        )
    return given


def is_acknowledged(key: str) -> bool:
    """Whether the present edition of the caution was taken on by somebody of the brand."""
    version = caution_get(key).version
    return Acknowledgement.objects.filter(key=key, text_version=version).exists()


def require_acknowledged(key: str, *, pointer: str | None = None) -> None:
    """AcknowledgementRequired until the present edition was taken on."""
    if not is_acknowledged(key):
        caution = caution_get(key)
        message = _("请先在「风险确认」中阅读并确认「%(title)s」") % {"title": caution.title}
        raise AcknowledgementRequired(
            message, pointer=pointer, acknowledgement=key, text_version=caution.version
        )


def acknowledgements_list(*, key: str = "") -> QuerySet[Acknowledgement]:
    """What the brand has taken on, in no order."""
    rows = Acknowledgement.objects.all()
    return rows.filter(key=key) if key else rows
