"""Order files: what a row says, and how rows become orders. The rest is `scrm.files`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from members.orders.facts import OrderFacts
from members.orders.services import orders_apply
from members.orders.table import COLUMNS, LABELS, ONE_OF, REQUIRED, row_read
from members.people.sources import source_choices
from scrm.core.errors import DomainError
from scrm.events.models import Job
from scrm.files.imports import (
    ImportColumn,
    ImportOption,
    import_register,
    import_start,
    import_upload,
)
from scrm.files.sheets import lines_rows
from scrm.tenants.context import current_tenant

IMPORT = "orders"


def orders_import_take(
    rows: Sequence[Mapping[str, str]], options: Mapping[str, str]
) -> list[DomainError | None]:
    """Take rows of one piece in: each a line of an order; a refused one leaves the others alone."""
    zone = current_tenant().timezone
    outcomes: list[DomainError | None] = [None] * len(rows)
    sound: list[tuple[int, OrderFacts]] = []
    for place, values in enumerate(rows):
        try:
            sound.append((place, row_read(values, channel=options["channel"], zone=zone)))
        except DomainError as refusal:
            outcomes[place] = refusal
    applied = orders_apply([facts for _place, facts in sound])
    for (place, _facts), outcome in zip(sound, applied, strict=True):
        outcomes[place] = outcome.error
    return outcomes


def orders_import_declare() -> None:
    """Called once, at start."""
    import_register(
        IMPORT,
        _("导入订单"),
        permission="orders.write",
        columns=[
            ImportColumn(
                key=key, label=LABELS[key], aliases=aliases, is_required=key in REQUIRED
            )
            for key, aliases in COLUMNS.items()
        ],
        take=orders_import_take,
        options=[
            ImportOption(key="channel", label=_("渠道"), choices=source_choices, default="import")
        ],
        one_of=ONE_OF,
    )  # fmt: skip


def order_import_start(*, lines: Iterable[str], channel: str, label: str) -> Job:
    """Take lines of a CSV for import with the mapping its header suggests; for code, not for people."""
    file = import_upload(
        IMPORT, rows=lines_rows(lines), name=label, may=_anything, options={"channel": channel}
    )
    return import_start(file, may=_anything)


def _anything(_permission: str) -> bool:
    return True
