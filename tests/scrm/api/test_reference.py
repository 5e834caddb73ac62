"""The reference pages: offline, in two languages, under a policy that lets nothing else in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from scrm.api.codes import codes_all, texts_missing, texts_orphaned
from tests.support.api import ApiClient

pytestmark = pytest.mark.db


def test_every_code_has_words_in_both_languages_and_no_words_are_left_over() -> None:
    assert texts_missing() == []
    assert texts_orphaned() == []
    for code in codes_all():
        assert all([code.meaning, code.next_step, code.zh_meaning, code.zh_next_step]), code.code
        assert re.search("[一-鿿]", code.zh_meaning + code.zh_next_step), code.code


def test_the_type_of_a_problem_leads_to_its_page(db: None) -> None:
    told = ApiClient(None).ask("GET", "tenant").json()
    page = Client().get(told["type"], headers={"Accept-Language": "zh-CN"})
    assert page.status_code == 200
    assert "没有密钥" in page.content.decode()
    assert "No key" in Client().get(told["type"]).content.decode()
    assert page["Vary"] == "Accept-Language"


@pytest.mark.parametrize("code", [code.code for code in codes_all()])
def test_every_code_has_its_page(db: None, code: str) -> None:
    assert Client().get(f"/api/docs/errors/{code}").status_code == 200


def test_a_code_that_is_none_has_no_page(db: None) -> None:
    assert Client().get("/api/docs/errors/no_such").status_code == 404


@pytest.mark.parametrize("path", ["", "errors", "errors?lang=zh", "errors/busy"])
def test_the_pages_load_nothing_from_elsewhere(db: None, path: str) -> None:
    answer = Client().get(f"/api/docs/{path}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert not re.search(r"(src|href)=\"(https?:)?//", text)
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "'unsafe-inline'" not in re.sub(r"style-src-attr[^;]*", "", policy)


def test_the_document_is_served_as_committed(db: None, settings: Any) -> None:
    answer = Client().get("/api/docs/openapi.yaml")
    assert answer.content == (settings.ROOT / "docs" / "openapi.yaml").read_bytes()
    assert Client().post("/api/docs/openapi.yaml").status_code == 405
