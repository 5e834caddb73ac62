"""Requests and answers, free of the server that carries them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from scrm.wecom.sandbox.errors import ApiError, wrong_json

if TYPE_CHECKING:
    from collections.abc import Mapping

JsonObject = dict[str, object]
JSON_TYPE = "application/json; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are lower case, the body is read whole."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    remote: str
    base_url: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(slots=True)
class Response:
    """One HTTP answer; with `hang_up` the connection closes after `delay` and nothing is sent."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    hang_up: bool = False


def json_response(data: Mapping[str, object], *, status: int = 200) -> Response:
    return Response(status, json.dumps(data, ensure_ascii=False).encode())


class Fields:
    """Typed reading of a JSON object or a query; a wrong type answers as WeCom does."""

    def __init__(self, data: JsonObject) -> None:
        self.data = data

    @classmethod
    def parse(cls, body: bytes) -> Fields:
        """Read JSON whatever Content-Type says."""
        if not body:
            return cls({})
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            raise ApiError(40058, "Warning: wrong json format.") from None
        if not isinstance(data, dict):
            raise wrong_json("body is not an object")
        return cls(data)

    def __contains__(self, name: str) -> bool:
        return self.data.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise wrong_json(f"{name} is not a string")
        return value

    def integer(self, name: str, default: int = 0) -> int:
        """Whole numbers; a query gives them as text."""
        value = self.data.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, str) and value.lstrip("-").isdecimal():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_json(f"{name} is not an integer")
        return value

    def number(self, name: str, default: float = 0.0) -> float:
        value = self.data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_json(f"{name} is not a number")
        return float(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise wrong_json(f"{name} is not a boolean")
        return value

    def strings(self, name: str) -> list[str]:
        values = self._list(name)
        if not all(isinstance(v, str) for v in values):
            raise wrong_json(f"{name} is not a list of strings")
        return cast("list[str]", values)

    def integers(self, name: str) -> list[int]:
        values = self._list(name)
        if not all(isinstance(v, int) and not isinstance(v, bool) for v in values):
            raise wrong_json(f"{name} is not a list of integers")
        return cast("list[int]", values)

    def objects(self, name: str) -> list[JsonObject]:
        values = self._list(name)
        if not all(isinstance(v, dict) for v in values):
            raise wrong_json(f"{name} is not a list of objects")
        return cast("list[JsonObject]", values)

    def object(self, name: str) -> Fields:
        value = self.data.get(name)
        if value is None:
            return Fields({})
        if not isinstance(value, dict):
            raise wrong_json(f"{name} is not an object")
        return Fields(value)

    def _list(self, name: str) -> list[Any]:
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise wrong_json(f"{name} is not a list")
        return value
