"""Order files in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.orders.importing import IMPORT
from scrm.console.routes import page
from scrm.console.shell.imports import UploadPage


@page("orders/import/", name="orders-import")
class OrderImportPage(UploadPage):
    """Hand over a file; the work is a job with progress, and it survives a restart."""

    import_kind = IMPORT
    permission = "orders.write"
    nav_key = "members-list"
    title = gettext_lazy("导入订单")

    @override
    def cancel_url(self) -> str:
        return self.url("members-list")
