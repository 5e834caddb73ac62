"""The channel registry (PL-12): what an order's channel and a member's source are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidValue, NotFound
from scrm.tenants.catalogue import CHANNEL_LABELS, CHANNELS
from scrm.tenants.context import current_tenant, current_tenant_id
from scrm.tenants.deeds import deed_record
from scrm.tenants.models import Channel, ChannelKind

LONGEST_NAME = 40
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
_ATTRIBUTE = "_channel_registry"


class ChannelCodeTaken(DomainError):
    """Another channel of the brand, perhaps an archived one, has this code."""

    code = "channel_code_taken"
    kind = ErrorKind.CONFLICT


class ChannelFixed(DomainError):
    """Channels everybody has keep their name and kind; they can be archived."""

    code = "channel_fixed"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, kw_only=True)
class ChannelChange:
    """What is to change; None leaves a member as it is."""

    name: str | None = None
    kind: str | None = None
    is_archived: bool | None = None


def channels_seed() -> None:
    """Give the active tenant the channels that everybody has; those it has already stay as they are."""
    Channel.objects.bulk_create(
        [Channel(code=known.code, kind=known.kind) for known in CHANNELS], ignore_conflicts=True
    )


def channel_name(row: Channel) -> str:
    """What people read: the brand's own name, else the catalogue's."""
    return row.name or str(CHANNEL_LABELS.get(row.code, row.code))


def channel_label(code: str) -> str:
    """A channel's name by its code; a code nobody registered is shown as it is.

    Known channels cost nothing; the brand's own are read once per scope.
    """
    known = CHANNEL_LABELS.get(code)
    if known is not None or not code or current_tenant_id() is None:
        return str(known or code)
    return next((row.name for row in _registry() if row.code == code), code)


def channel_choices(*, with_archived: bool = False) -> list[tuple[str, str]]:
    """Channels as (code, name) in the order of the registry; for looking back, archived ones too."""
    return [
        (row.code, channel_name(row))
        for row in _registry()
        if with_archived or row.archived_at is None
    ]


def _registry() -> list[Channel]:
    """Every channel of the active tenant, read once per scope."""
    tenant = current_tenant()
    rows: list[Channel] | None = getattr(tenant, _ATTRIBUTE, None)
    if rows is None:
        rows = channels_ordered(Channel.objects.all())
        setattr(tenant, _ATTRIBUTE, rows)
    return rows


def channels_ordered(rows: Iterable[Channel]) -> list[Channel]:
    """By kind, then as they came: the catalogue's order, the brand's own last."""
    places = {kind: place for place, kind in enumerate(ChannelKind.values)}
    return sorted(rows, key=lambda row: (places[row.kind], row.pk))


def channels_list(
    *, search: str = "", kinds: Sequence[str] = (), states: Sequence[str] = ()
) -> list[Channel]:
    """The brand's channels in order; ``states`` are active, archived or both."""
    rows = Channel.objects.all()
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if len(set(states)) == 1:
        rows = rows.filter(archived_at__isnull="active" in states)
    wanted = search.strip().lower()
    return [
        row
        for row in channels_ordered(rows)
        if wanted in row.code or wanted in channel_name(row).lower()
    ]


def channel_get(public_id: str) -> Channel:
    """The channel with that public id; NotFound otherwise."""
    row = Channel.objects.filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return row


def _name_check(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise InvalidValue(
            _("名称要有 1 到 %(most)s 个字") % {"most": LONGEST_NAME}, pointer="/name"
        )
    return name


def _kind_check(kind: str) -> str:
    if kind not in ChannelKind.values:
        raise InvalidValue(_("没有这种渠道类型"), pointer="/kind")
    return kind


def channel_create(*, code: str, name: str, kind: str) -> Channel:
    """A channel of the brand's own. The code is what orders and imports send; it never changes."""
    if not _CODE.fullmatch(code):
        raise InvalidValue(
            _("代码由 2 到 40 个小写字母、数字和下划线组成，以字母开头"), pointer="/code"
        )
    try:
        with transaction.atomic():
            row = Channel.objects.create(
                code=code, name=_name_check(name), kind=_kind_check(kind), is_custom=True
            )
            deed_record(
                "channel.created",
                object_type="channel",
                object_id=row.public_id,
                after={"code": code, "name": row.name, "kind": kind},
            )
    except IntegrityError as error:
        raise ChannelCodeTaken(
            _("代码 %(code)s 已被使用") % {"code": code}, pointer="/code"
        ) from error
    _forget()
    return row


def channel_change(*, public_id: str, change: ChannelChange) -> Channel:
    """Rename, move, archive or bring back. Nothing is deleted: old orders keep their channel's name."""
    with transaction.atomic():
        row = Channel.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
        if row is None:
            raise NotFound
        if not row.is_custom and (change.name is not None or change.kind is not None):
            raise ChannelFixed(_("内置渠道不能改名或改类型，只能归档"))
        before = {"name": row.name, "kind": row.kind}
        row.name = row.name if change.name is None else _name_check(change.name)
        row.kind = row.kind if change.kind is None else _kind_check(change.kind)
        after = {"name": row.name, "kind": row.kind}
        if before != after:
            _told(row, "channel.changed", before=before, after=after)
        if change.is_archived is not None and change.is_archived is (row.archived_at is None):
            row.archived_at = clock.now() if change.is_archived else None
            _told(row, "channel.archived" if change.is_archived else "channel.restored")
        row.save(update_fields=["name", "kind", "archived_at", "updated_at"])
    _forget()
    return row


def _told(
    row: Channel,
    action: str,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    deed_record(action, object_type="channel", object_id=row.public_id, before=before, after=after)


def _forget() -> None:
    if hasattr(current_tenant(), _ATTRIBUTE):
        delattr(current_tenant(), _ATTRIBUTE)
