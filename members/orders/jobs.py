from __future__ import annotations

from members.orders.exporting import orders_export_declare
from members.orders.importing import orders_import_declare

orders_import_declare()
orders_export_declare()
