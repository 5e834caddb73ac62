"""A person leaves saved searches and acts that could be taken back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.console.models import SavedView, UndoStep
from scrm.core.persons import eraser_register
from scrm.tenants.wording import label_of, one_after_another, rows_out

eraser_register(
    "console",
    order=940,
    label=_("保存的视图与可撤销的操作"),
    erase=one_after_another(
        rows_out(SavedView, "name", "query"), rows_out(UndoStep, "payload", "back_url")
    ),
    tables=[label_of(SavedView), label_of(UndoStep)],
)
