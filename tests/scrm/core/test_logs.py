"""What operators may read: secrets and personal data never reach a log line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from scrm.core.logs import logging_settings
from scrm.core.scrub import text_scrub, value_scrub

# What goes in, and the part that must not come out.
LEAKS = [
    ("GET /cgi-bin/user/get?access_token=AbC-123_x&userid=ivy HTTP/1.1", "AbC-123_x"),
    ("GET /cgi-bin/gettoken?corpid=ww1&corpsecret=s3cr3t_value", "s3cr3t_value"),
    ("suite_access_token=Zz9-secret&x=1", "Zz9-secret"),
    ('{"access_token": "AbC-123_x", "expires_in": 7200}', "AbC-123_x"),
    ("{'corpsecret': 's3cr3t_value'}", "s3cr3t_value"),
    ("Authorization: Bearer scrm_live_0123456789abcdef", "0123456789abcdef"),
    ("authorization=Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("refused Bearer abc.def.ghi from the door", "abc.def.ghi"),
    ("Cookie: sessionid=q1w2e3r4; csrftoken=zzz", "q1w2e3r4"),
    ("Set-Cookie: sessionid=q1w2e3r4; Path=/", "q1w2e3r4"),
    ("password=hunter2hunter2", "hunter2hunter2"),
    ("postgres://scrm_app:p4ssw0rd@db:5432/scrm refused", "p4ssw0rd"),
    ("redis://:p4ssw0rd@cache:6379/0", "p4ssw0rd"),
    ("f1$0a1b2c3d$gAAAAABlongsealedtext== is unreadable", "gAAAAABlongsealedtext"),
    ("token gAAAAABlongsealedtextlongsealed==", "longsealedtext"),
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("GET /console/reset/c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8/ 200", "c3d4e5f6a7b8c9d0"),
    ("member 13800138000 came", "13800138000"),
    ("手机13800138000已登记", "13800138000"),
    ("Key (phone)=(13800138000) already exists", "13800138000"),
    ("call +86 138-0013-8000 back", "138-0013-8000"),
    ("call +85291234567 back", "91234567"),
    ("Key (email)=(ivy.chen@example.com) already exists", "ivy.chen@example.com"),
    ("?email=ivy%40example.com&next=/", "ivy%40example.com"),
    ("EncodingAESKey=abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "abcdefghijklmnop"),
    ("msg_signature=5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3&nonce=1", "5c45ff5e21"),
    ("GET /console/wecom/callback?code=oauth-code-5&state=x", "oauth-code-5"),
    ("welcome_code: CALLBACK-code-77", "CALLBACK-code-77"),
]
# The control: what operators need stays readable.
KEPT = [
    "push psh_0654cpqk8r3v9d2m4n6x1z5y7w finished after 1763810000.123 s",
    "order 20261122163010123456 of 129900 fen",
    "1763810000000 milliseconds, 1763810000 seconds",
    "celery@worker-1 is ready on 10.0.0.12:8000",
    "GET /api/v1/members/mem_0654cpqk8r3v9d2m4n6x1z5y7w 404",
    "wecom_token_fetched corp=wcc_0654cpqk8r3v9d2m4n6x1z5y7w seconds=7200",
    "externalcontact/get 84061 not an external contact",
    "errcode 40001, 12345678901 rows",
]


@pytest.mark.parametrize(("line", "secret"), LEAKS)
def test_a_line_loses_its_secret(line: str, secret: str) -> None:
    assert secret in line
    assert secret not in text_scrub(line)


@pytest.mark.parametrize("line", KEPT)
def test_what_operators_need_stays(line: str) -> None:
    assert text_scrub(line) == line


@pytest.mark.parametrize(
    "name",
    ["password", "access_token", "Authorization", "corpsecret", "aes_key", "api-key", "phone",
     "phones", "mobile", "email", "new_password", "totp", "recovery_codes", "welcome_code"],
)  # fmt: skip
def test_a_value_under_a_telling_name_goes_whole(name: str) -> None:
    assert value_scrub({name: "x"}) == {name: "[removed]"}


@pytest.mark.parametrize("name", ["errcode", "token_count", "seconds", "secret_age", "queue"])
def test_a_value_under_another_name_stays(name: str) -> None:
    assert value_scrub({name: "x"}) == {name: "x"}


def test_nests_numbers_and_objects_are_searched() -> None:
    class Told:
        def __str__(self) -> str:
            return "for ivy@example.com"

    found = value_scrub({"a": [{"b": 13_800_138_000}, ("13800138000",)], "c": Told(), "n": 7})
    assert found == {"a": [{"b": "[phone]"}, ["[phone]"]], "c": "for [mail]", "n": 7}


# ------------------------------------------------------------------------------------- whole lines
@pytest.fixture
def written() -> Iterator[Any]:
    """Lines that a JSON handler wrote meanwhile, as dictionaries."""
    stream = io.StringIO()
    config = logging_settings(as_json=True, level="INFO")
    made = dict(config["formatters"]["event"])
    formatter = made.pop("()")(**made)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_structlog_and_logging_write_the_same_kind_of_line(written: Any) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r" * 32):
        structlog.get_logger("tests.logs").warning("member_came", phone="13800138000", count=2)
        logging.getLogger("tests.logs").warning("refused %s", "access_token=abc")
    ours, theirs = written()
    assert ours["event"] == "member_came"
    assert ours["phone"] == "[removed]"
    assert ours["count"] == 2
    assert theirs["event"] == "refused access_token=[removed]"
    for line in (ours, theirs):
        assert line["request_id"] == "r" * 32
        assert line["level"] == "warning"
        assert line["logger"] == "tests.logs"
        assert line["timestamp"].endswith("Z")


def test_a_traceback_is_scrubbed_too(written: Any) -> None:
    try:
        int("Key (phone)=(13800138000)")
    except ValueError:
        structlog.get_logger("tests.logs").exception("failed")
    (line,) = written()
    assert "ValueError" in line["exception"]
    assert "13800138000" not in json.dumps(line)


def test_a_line_names_tenant_and_actor(written: Any) -> None:
    from scrm.events.actor import acting_as
    from scrm.tenants.context import tenant_scope

    with tenant_scope(7), acting_as("operator", id="3", label="Ivy Chen"):
        structlog.get_logger("tests.logs").info("done")
    structlog.get_logger("tests.logs").info("later")
    inside, outside = written()
    assert (inside["tenant"], inside["actor"]) == (7, "operator:3")
    assert "Ivy" not in json.dumps(inside)
    assert "tenant" not in outside
    assert "actor" not in outside


def test_people_get_plain_text() -> None:
    config = logging_settings(as_json=False, level="INFO")
    made = dict(config["formatters"]["event"])
    formatter = made.pop("()")(**made)
    record = logging.LogRecord("x.y", logging.ERROR, "f", 1, "mail to %s", ("a@b.cn",), None)
    line = formatter.format(record)
    assert line.endswith("error    mail to [mail]  (x.y)")
