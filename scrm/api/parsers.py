"""JSON bodies, read strictly: what is ambiguous or cannot be stored is refused before anyone sees it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from typing_extensions import override

MAX_DEPTH = 64


class StrictJSONParser(BaseParser):
    """UTF-8; no NaN or Infinity, no duplicate names, at most 64 levels, only storable characters."""

    media_type = "application/json"

    @override
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return json_read(stream.read())


def json_read(raw: bytes) -> Any:
    """The value of a JSON text; ParseError (400) says what is wrong with it."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError("the body is not UTF-8") from error
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_number
        )
    except RecursionError as error:
        raise ParseError(f"the body is nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise ParseError(f"the body is not JSON: {error}") from error
    _check(value, MAX_DEPTH)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("a name occurs twice in one object")
    return found


def _constant(name: str) -> Any:
    raise ParseError(f"{name} is not a JSON number")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ParseError("a number is out of range")
    return number


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise ParseError("a string holds a character that is no text")
    elif isinstance(value, (dict, list)):
        if not depth:
            raise ParseError(f"the body is nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            for name in value:
                _check(name, depth)
        for inner in value.values() if isinstance(value, dict) else value:
            _check(inner, depth - 1)
