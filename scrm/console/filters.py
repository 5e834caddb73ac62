"""What a list can be asked for: search, filters and sort, all read from the address and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

Choices = Sequence[tuple[str, str | Promise]]

_LONGEST_SEARCH = 80
# The first and last days there are have no day before or after: nobody means them.
_YEARS = range(1900, 2200)


@dataclass(frozen=True, kw_only=True)
class ChoiceFilter:
    """Pick from a list; several choices mean or. `choices` may be a function of the tenant's data.

    `is_more` puts it behind 更多筛选. `is_hidden` has no control: it arrives by a link and shows as
    a chip; `label_of` then names a value (return an empty string to refuse it).
    """

    key: str
    label: str | Promise
    choices: Choices | Callable[[], Choices] = ()
    is_single: bool = False
    is_more: bool = False
    is_hidden: bool = False
    label_of: Callable[[str], str] | None = None
    kind: Literal["choice"] = "choice"

    def options(self) -> Choices:
        return self.choices() if callable(self.choices) else self.choices

    def read(self, data: QueryDict) -> tuple[str, ...]:
        """The chosen values that exist; others are ignored, so an old link still opens."""
        asked = dict.fromkeys(value for value in data.getlist(self.key) if value)
        if self.label_of is not None:
            return tuple(value for value in asked if self.label_of(value))
        known = {value for value, _label in self.options()} if asked else ()
        chosen = tuple(value for value in asked if value in known)
        return chosen[:1] if self.is_single else chosen

    def chip_text(self, value: str) -> str:
        if self.label_of is not None:
            return self.label_of(value)
        return next((str(label) for known, label in self.options() if known == value), value)


@dataclass(frozen=True, kw_only=True)
class RangeFilter:
    """From and to, both included, as `<key>_from` and `<key>_to`. Money is typed in yuan by people
    and arrives as text: read it with `fen_from_yuan`."""

    key: str
    label: str | Promise
    unit: Literal["date", "number", "yuan"] = "date"
    is_more: bool = True
    is_hidden: bool = False
    kind: Literal["range"] = "range"

    def read(self, data: QueryDict) -> tuple[str, ...]:
        typed = (data.get(f"{self.key}_{end}", "").strip() for end in ("from", "to"))
        ends = tuple(text if self._is_sound(text) else "" for text in typed)
        return ends if any(ends) else ()

    def _is_sound(self, text: str) -> bool:
        if self.unit == "date":
            try:
                return date.fromisoformat(text).year in _YEARS
            except ValueError:
                return False
        return len(text) <= 12 and text.replace(".", "", 1).isdecimal() and text.isascii()  # noqa: PLR2004

    def chip_text(self, values: Sequence[str]) -> str:
        low, high = values
        if low and high:
            return f"{low} ~ {high}"
        if low:
            return _("≥ %(low)s") % {"low": low}
        return _("≤ %(high)s") % {"high": high}


Filter = ChoiceFilter | RangeFilter


@dataclass(frozen=True, kw_only=True)
class Sort:
    """One order of a list, ending on the key: `order=("-joined_at", "-id")`."""

    key: str
    label: str | Promise
    order: tuple[str, ...]
    # Shown in the sort menu; heading-only opposites are not.
    in_menu: bool = True


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """What was asked for, already checked; the whole state of a list page."""

    search: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort | None = None
    after: str = ""
    before: str = ""
    limit: int = 50

    def all(self, key: str) -> tuple[str, ...]:
        """The chosen values of a filter, empty when it is not set."""
        return self.values.get(key, ())

    def one(self, key: str) -> str:
        """The first chosen value, or an empty string."""
        return next(iter(self.all(key)), "")

    def dates(self, key: str) -> tuple[date | None, date | None]:
        """Both ends of a date range, in the tenant's days."""
        low, high = self.all(key) or ("", "")
        return (
            date.fromisoformat(low) if low else None,
            date.fromisoformat(high) if high else None,
        )

    def ends(self, key: str) -> tuple[str, str]:
        """Both ends of a number or money range as typed."""
        low, high = self.all(key) or ("", "")
        return low, high

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.values)


def query_read(
    data: QueryDict, *, filters: Sequence[Filter], sorts: Sequence[Sort], limit: int
) -> ListQuery:
    """The query of an address; anything unknown is left out, never an error."""
    values = {item.key: item.read(data) for item in filters}
    asked = data.get("sort", "")
    sort = next((item for item in sorts if item.key == asked), sorts[0] if sorts else None)
    return ListQuery(
        search=data.get("q", "").strip()[:_LONGEST_SEARCH].replace("\x00", ""),
        values={key: chosen for key, chosen in values.items() if chosen},
        sort=sort,
        after=data.get("after", ""),
        before=data.get("before", ""),
        limit=limit,
    )


def address(data: QueryDict, *, without: Sequence[str] = (), **changed: str) -> str:
    """The query string with some keys changed or gone, always back on the first page."""
    copy = data.copy()
    for key in ("after", "before", *without):
        copy.pop(key, None)
    for key, value in changed.items():
        copy[key] = value
    for key in [key for key in copy if not any(copy.getlist(key))]:
        del copy[key]
    return f"?{copy.urlencode()}"


def address_without_value(data: QueryDict, key: str, value: str) -> str:
    """The query string with one value of a several-choice filter taken out."""
    copy = data.copy()
    for gone in ("after", "before"):
        copy.pop(gone, None)
    copy.setlist(key, [kept for kept in copy.getlist(key) if kept != value])
    return f"?{copy.urlencode()}"


@dataclass(frozen=True, kw_only=True)
class Chip:
    """One active filter with the address that removes it."""

    label: str
    text: str
    remove_url: str


def chips_make(data: QueryDict, query: ListQuery, filters: Sequence[Filter]) -> list[Chip]:
    chips = []
    for item in filters:
        chosen = query.all(item.key)
        if not chosen:
            continue
        if isinstance(item, RangeFilter):
            gone = address(data, without=(f"{item.key}_from", f"{item.key}_to"))
            chips.append(Chip(label=str(item.label), text=item.chip_text(chosen), remove_url=gone))
            continue
        chips.extend(
            Chip(
                label=str(item.label),
                text=item.chip_text(value),
                remove_url=address_without_value(data, item.key, value),
            )
            for value in chosen
        )
    return chips
