"""The demo's history is the real one: nothing lost, nothing invented but people and hours."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date

from demo.brands import RECORDS, TEA
from demo.friends import FRIENDS, friend_numbers
from demo.history import DATA, purchases
from demo.orders import record_shop_lines, tea_house_lines
from demo.people import person
from scrm.core import clock
from scrm.files.imports import import_kind, mapping_guess

YESTERDAY = date(2026, 11, 21)


def test_the_file_is_the_one_whose_provenance_is_written_down():
    digest = hashlib.sha256(gzip.decompress(DATA.read_bytes())).hexdigest()
    assert digest in (DATA.parent / "PROVENANCE.md").read_text(encoding="utf-8")


def test_every_purchase_is_there_and_the_last_was_yesterday():
    rows = list(purchases(yesterday=YESTERDAY, zone="Asia/Shanghai"))
    assert len(rows) == 69_659
    assert len({row.number for row in rows}) == 23_570
    assert len({row.order_no for row in rows}) == 69_659
    # The sum of the dollar column, in cents.
    assert sum(row.amount_fen for row in rows) == 250_031_563
    days = [clock.local_date(row.paid_at, "Asia/Shanghai") for row in rows]
    assert max(days) == YESTERDAY
    assert (max(days) - min(days)).days == 545


def test_nobody_shares_a_phone():
    numbers = [f"{number:05d}" for number in range(1, 23_571)]
    assert len({person("tingyu", number).phone for number in numbers}) == 23_570


def test_the_same_number_in_another_brand_is_another_person():
    assert person("tingyu", "00001").unionid != person("yuzu-tea", "00001").unionid


def test_two_thousand_friends_are_drawn_the_same_way_every_time():
    first = friend_numbers(brand=RECORDS, yesterday=YESTERDAY)
    assert len(set(first)) == FRIENDS
    assert first == friend_numbers(brand=RECORDS, yesterday=YESTERDAY)


def test_both_files_have_columns_that_the_import_knows():
    shop = record_shop_lines(brand=RECORDS, yesterday=YESTERDAY, friends=frozenset())
    tea = tea_house_lines(brand=TEA, yesterday=YESTERDAY)
    for lines in (shop, tea):
        assert "" not in mapping_guess(import_kind("orders"), next(lines).strip().split(","))
