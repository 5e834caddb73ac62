"""docs/errors.md, written from the codes so that it cannot drift (`make schema`)."""

from __future__ import annotations

from scrm.api.problems import WIRE_CODES
from scrm.api.routes import routes_all
from scrm.core.errors import ERROR_CODES


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
        "the body, or `?name` for a query parameter. Written by `make schema`.",
        "",
        "| code | status | meaning |",
        "| --- | --- | --- |",
        *(
            f"| `{code}` | {status} | {meaning} |"
            for code, (status, meaning) in sorted(rows.items())
        ),
    ]
    return "\n".join(lines) + "\n"


def _sentence(doc: str | None) -> str:
    return _cell((doc or "").strip().split("\n\n")[0])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
