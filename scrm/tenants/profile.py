"""Who the brand is: the checks of its name, zone, colour, industry and currency."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from scrm.core.errors import DomainError, ErrorKind, InvalidValue
from scrm.tenants.catalogue import INDUSTRIES, MEDICAL_INDUSTRIES
from scrm.tenants.context import current_tenant

if TYPE_CHECKING:
    from scrm.tenants.models import Tenant

NAME_LENGTH = 80
# Hundredths of these are what the platform calls fen.
CURRENCIES = ("CNY", "HKD", "MOP", "TWD", "SGD", "MYR", "USD", "EUR", "GBP")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


class CurrencyInUse(DomainError):
    """There are amounts in the brand's currency already, so it stays."""

    code = "currency_in_use"
    kind = ErrorKind.CONFLICT


# Rooms that keep money say whether the active tenant has any.
_money_readers: list[Callable[[], bool]] = []


def money_reader_register(has_money: Callable[[], bool]) -> None:
    """``has_money()`` is true once the active tenant has amounts in its currency."""
    _money_readers.append(has_money)


def is_currency_fixed() -> bool:
    """Whether the active tenant's currency can no longer change."""
    return any(has_money() for has_money in _money_readers)


def is_medical() -> bool:
    """Whether the active tenant's industry is one whose advertising is reviewed (C-7, PL-06)."""
    return current_tenant().industry in MEDICAL_INDUSTRIES


def zone_check(timezone: str) -> None:
    """InvalidValue for a zone that does not exist."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"unknown time zone {timezone}"
        raise InvalidValue(message, pointer="/timezone") from error


def name_check(name: str) -> None:
    """InvalidValue for no name or one too long."""
    if not name.strip() or len(name) > NAME_LENGTH:
        message = f"the name must have 1 to {NAME_LENGTH} characters"
        raise InvalidValue(message, pointer="/name")


def industry_check(industry: str) -> None:
    """InvalidValue for an industry that is not on the list; none is fine."""
    if industry and industry not in INDUSTRIES:
        raise InvalidValue(_("没有这个行业"), pointer="/industry")


def profile_check(tenant: Tenant, profile: Mapping[str, Any]) -> None:
    """Refuse what may not stand; parts that stay as they are were right when they were written."""
    changed = {name: value for name, value in profile.items() if value != getattr(tenant, name)}
    if "name" in changed:
        name_check(changed["name"])
    if "timezone" in changed:
        zone_check(changed["timezone"])
    if "industry" in changed:
        industry_check(changed["industry"])
    if "color" in changed and not _COLOR.fullmatch(changed["color"]):
        raise InvalidValue(_("颜色写作 #1668dc 的样子"), pointer="/color")
    if "currency" in changed:
        if changed["currency"] not in CURRENCIES:
            raise InvalidValue(_("不支持这个币种"), pointer="/currency")
        if is_currency_fixed():
            raise CurrencyInUse(_("已有订单，币种不能再改"), pointer="/currency")
