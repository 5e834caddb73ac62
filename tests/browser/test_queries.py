"""What a page costs: few queries however much there is to show, and little to carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.browser.filled import Filled, fill
from tests.browser.visits import (
    ACTS,
    FILES,
    POSTED_PARTS,
    NoRecipe,
    Visit,
    pages,
    parts,
    patterns,
    visit,
)

pytestmark = pytest.mark.db
FEW, MANY = 3, 60
MOST_QUERIES = 12
# The story of a member asks every room once.
MOST_IN_STORY = 24
PAGE_BYTES, PART_BYTES = 60_000, 40_000


@dataclass(frozen=True)
class Seen:
    """One answer, and what it cost."""

    status: int
    html: str
    queries: list[str]


@pytest.fixture
def shops(db: None) -> list[Filled]:
    return [fill("few", size=FEW), fill("many", size=MANY)]


def see(browser: Client, asked: Visit) -> Seen:
    headers = {"HX-Request": "true", "HX-Target": asked.target} if asked.target else {}
    with CaptureQueriesContext(connection) as caught:
        if asked.data is None:
            got = browser.get(asked.address, headers=headers)
        else:
            got = browser.post(asked.address, dict(asked.data), headers=headers)
    queries = [row["sql"] for row in caught.captured_queries if is_counted(row["sql"])]
    return Seen(status=got.status_code, html=got.content.decode(), queries=queries)


def is_counted(sql: str) -> bool:
    """Savepoints and the line that says the tenant are no questions to a table."""
    return not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT"))


def report(faults: Iterable[str]) -> None:
    found = list(faults)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_page_asks_little_and_no_more_when_there_is_more(shops: list[Filled]) -> None:
    (few, small), (many, large) = ((shop.client(), [*pages(shop), *parts(shop)]) for shop in shops)
    report(
        fault
        for asked_small, asked in zip(small, large, strict=True)
        for fault in faults_of(see(few, asked_small), see(many, asked), asked)
    )


def faults_of(small: Seen, large: Seen, asked: Visit) -> Iterable[str]:
    if (small.status, large.status) not in {(200, 200), (286, 286)}:
        yield f"{asked.key}: {small.status} and {large.status}, not 200"
        return
    counts = len(small.queries), len(large.queries)
    allowed = MOST_IN_STORY if "tab=timeline" in asked.address else MOST_QUERIES
    if max(counts) > allowed and asked.data is None:
        yield f"{asked.key}: {counts[0]} and {counts[1]} queries, more than {allowed}"
    if counts[1] > counts[0]:
        yield f"{asked.key}: {counts[0]} queries for {FEW} rows, {counts[1]} for {MANY}"
    # The whole listing is a page without its frame.
    is_page = "<html" in large.html or asked.target == "listing"
    most = PAGE_BYTES if is_page else PART_BYTES
    size = len(large.html.encode())
    if size > most:
        yield f"{asked.key}: {size:,} bytes, more than {most:,}"


def test_what_is_no_page_says_so(shops: list[Filled]) -> None:
    """Acts lead on or refuse to be read, files are files: nothing hides from the audits in those lists."""
    shop = shops[0]
    browser: Any = shop.client()
    for name in sorted(ACTS & patterns().keys()):
        got = browser.get(visit(shop, name).address)
        assert got.status_code in {302, 405}, f"{name}: {got.status_code}"
    for name in sorted(POSTED_PARTS.keys() & patterns().keys()):
        got = browser.get(visit(shop, name).address)
        assert got.status_code in {200, 405}, f"{name}: {got.status_code}"
        assert "<html" not in got.content.decode(), name
    # A file of refused rows exists only after an import refused some: tests/scrm/files asks for it.
    for name in sorted(FILES & patterns().keys() - {"import-faults"}):
        got = browser.get(visit(shop, name).address)
        assert got.status_code == 200, name
        assert not got.headers["Content-Type"].startswith("text/html"), name
    for asked in parts(shop):
        assert "<html" not in see(browser, asked).html, asked.key


def test_a_page_that_grows_weighs_too_much_or_has_no_recipe_is_named(shops: list[Filled]) -> None:
    """The control of the audits."""
    asked = visit(shops[0], "members-list")
    few = Seen(status=200, html="<html>", queries=["SELECT"] * 5)
    many = Seen(status=200, html="<html>" + "x" * PAGE_BYTES, queries=["SELECT"] * 13)
    assert len(list(faults_of(few, many, asked))) == 3
    assert list(faults_of(few, few, asked)) == []
    shops[0].ids.pop("callback_id")
    with pytest.raises(NoRecipe, match="wecom-callback"):
        pages(shops[0])
