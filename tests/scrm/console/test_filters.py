from __future__ import annotations

from datetime import date

from django.http import QueryDict

from scrm.console.filters import (
    ChoiceFilter,
    RangeFilter,
    Sort,
    address,
    address_without_value,
    chips_make,
    query_read,
)

TIER = ChoiceFilter(key="tier", label="等级", choices=[("1", "银卡"), ("2", "金卡")])
ADDED = ChoiceFilter(key="added", label="企微", choices=lambda: [("yes", "是")], is_single=True)
CELL = ChoiceFilter(
    key="cell",
    label="格",
    is_hidden=True,
    label_of=lambda value: f"R{value}" if value.isdigit() else "",
)
JOINED = RangeFilter(key="joined", label="入会")
SPENT = RangeFilter(key="spent", label="消费", unit="yuan")
FILTERS = (TIER, ADDED, CELL, JOINED, SPENT)
SORTS = (
    Sort(key="-a", label="新", order=("-a", "-id")),
    Sort(key="a", label="旧", order=("a", "id")),
)


def _read(text: str):
    return query_read(QueryDict(text), filters=FILTERS, sorts=SORTS, limit=50)


def test_an_empty_address_asks_for_everything_in_the_first_order() -> None:
    query = _read("")
    assert not query.is_narrowed
    assert query.sort is SORTS[0]
    assert query.dates("joined") == (None, None)
    assert query.one("tier") == ""


def test_known_values_are_read_and_unknown_ones_are_dropped() -> None:
    query = _read("tier=2&tier=9&tier=1&added=yes&added=no&cell=5&cell=x&sort=zzz&other=1")
    assert query.all("tier") == ("2", "1")
    assert query.all("added") == ("yes",)
    assert query.all("cell") == ("5",)
    assert query.sort is SORTS[0]


def test_ranges_keep_only_sound_ends() -> None:
    query = _read("joined_from=2026-11-01&joined_to=2026-13-01&spent_from=abc&spent_to=99.5")
    assert query.dates("joined") == (date(2026, 11, 1), None)
    assert query.ends("spent") == ("", "99.5")


def test_search_text_is_trimmed_shortened_and_cleaned() -> None:
    assert _read("q=%20%20%E9%99%88%00").search == "陈"
    assert len(_read("q=" + "x" * 500).search) == 80


def test_every_active_filter_is_a_chip_that_can_be_taken_off() -> None:
    data = QueryDict("tier=1&tier=2&joined_from=2026-11-01&cell=5&after=abc&sort=a")
    chips = chips_make(data, _read(data.urlencode()), FILTERS)
    assert [(chip.label, chip.text) for chip in chips] == [
        ("等级", "银卡"),
        ("等级", "金卡"),
        ("格", "R5"),
        ("入会", "≥ 2026-11-01"),
    ]
    gone = QueryDict(chips[0].remove_url[1:])
    assert gone.getlist("tier") == ["2"]
    assert "after" not in gone
    assert gone["sort"] == "a"


def test_addresses_go_back_to_the_first_page_and_drop_empty_keys() -> None:
    data = QueryDict("q=&tier=1&after=x&before=y")
    assert address(data) == "?tier=1"
    assert address(data, after="z") == "?tier=1&after=z"
    assert address(data, without=("tier",)) == "?"
    assert address_without_value(data, "tier", "1") == "?q="
