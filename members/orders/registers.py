"""Once there are orders, the brand's currency stays."""

from __future__ import annotations

from members.orders.selectors import orders_exist
from scrm.tenants.profile import money_reader_register

money_reader_register(orders_exist)
