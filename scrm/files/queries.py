"""A list's query string that is kept for later: looked at before anything is written, shown without phones."""

from __future__ import annotations

from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from scrm.files.errors import ExportRefused

# Public ids of the rows that were chosen one by one.
CHOSEN = "ids"
MOST_CHOSEN = 200
LONGEST = 4_000
_MOST_PARTS = 500
_DIGITS = 5


def query_checked(query: str) -> dict[str, list[str]]:
    """Its parts by name; ExportRefused where a database or the next reader could not take it."""
    try:
        query.encode()
        told = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARTS)
    except (UnicodeError, ValueError) as error:
        raise _refusal() from error
    if len(query) > LONGEST or any("\x00" in part for pair in told for part in pair):
        raise _refusal()
    parts: dict[str, list[str]] = {}
    for name, value in told:
        parts.setdefault(name, []).append(value)
    if CHOSEN in parts:
        parts[CHOSEN] = [key for value in parts[CHOSEN] for key in value.split(",") if key]
        if not 0 < len(parts[CHOSEN]) <= MOST_CHOSEN:
            raise ExportRefused(_("请选择 1 到 200 行"), pointer="/query")
    return parts


def query_once(query: str, names: tuple[str, ...]) -> dict[str, str]:
    """The values of names that may be given once each; empty where they are not given."""
    told = query_checked(query)
    repeated = [name for name in names if len(told.get(name, ())) > 1]
    if repeated:
        raise ExportRefused(_("%(name)s 只能出现一次") % {"name": repeated[0]}, pointer="/query")
    return {name: told.get(name, [""])[0] for name in names}


def _refusal() -> ExportRefused:
    return ExportRefused(_("筛选条件不是可读的文字"), pointer="/query")


def query_shown(query: str) -> str:
    """A list's query for people and logs: what was typed into the search box may be a phone."""
    shown = (f"{name}={_shown(name, value)}" for name, value in parse_qsl(query))
    return " ".join(shown)[:300]


def _shown(name: str, value: str) -> str:
    if name == CHOSEN:
        return str(value.count(",") + 1)
    is_hidden = name == "q" and sum(char.isdigit() for char in value) >= _DIGITS
    return "***" if is_hidden else value
