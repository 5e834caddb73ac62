"""Documents that are written by the code and compared with it in tests."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from django.core.management import call_command

from scrm.api.problems import WIRE_CODES
from scrm.api.routes import routes_all
from scrm.core.errors import ERROR_CODES
from scrm.events.bus import EVENT_TYPES, SUBSCRIBERS

if TYPE_CHECKING:
    from collections.abc import Callable


def openapi_text() -> str:
    """docs/openapi.yaml; a warning of the generator is an error."""
    said = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=said)
    return said.getvalue().rstrip() + "\n"


def errors_text() -> str:
    """docs/errors.md: every stable code, its status and what it means."""
    routes_all()  # rooms declare their refusals as they are imported
    rows = {code: (status, meaning) for code, (status, meaning) in WIRE_CODES.items()}
    for code, error in ERROR_CODES.items():
        if error.__module__.split(".")[0] != "tests":
            rows.setdefault(code, (error.kind.value, _sentence(error.__doc__)))
    lines = [
        "# Error codes",
        "",
        "Every refusal of the API is an RFC 9457 problem (`application/problem+json`) with one of these",
        "codes in `code`. Codes are stable; texts are not. `errors[]` points at fields: a JSON pointer into",
        "the body, or `?name` for a query parameter. Written by `manage.py docs_write`.",
        "",
        "| code | status | meaning |",
        "| --- | --- | --- |",
        *(
            f"| `{code}` | {status} | {meaning} |"
            for code, (status, meaning) in sorted(rows.items())
        ),
    ]
    return "\n".join(lines) + "\n"


def events_text() -> str:
    """docs/events.md: every published fact and who hears it."""
    lines = [
        "# Events",
        "",
        "Facts are written to the outbox in the transaction of their change and handed to every subscriber",
        "once, in order per tenant. Names never change. Written by `manage.py docs_write`.",
        "",
        "| type | what it says | heard by |",
        "| --- | --- | --- |",
    ]
    for name, doc in sorted(EVENT_TYPES.items()):
        heard = ", ".join(sorted(f"`{listener.name}`" for listener in SUBSCRIBERS.get(name, ())))
        lines.append(f"| `{name}` | {_cell(doc)} | {heard or '-'} |")
    return "\n".join(lines) + "\n"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/openapi.yaml": openapi_text,
    "docs/errors.md": errors_text,
    "docs/events.md": events_text,
}


def _sentence(doc: str | None) -> str:
    return _cell((doc or "").strip().split("\n\n")[0])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
