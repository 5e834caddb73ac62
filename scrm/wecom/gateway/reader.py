"""Read WeCom's answers with types; an answer of another shape counts as none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrm.wecom.errors import WeComUnknown

if TYPE_CHECKING:
    from scrm.wecom.client import Json


class Reader:
    """One JSON object of an answer. Absent fields take the default; wrong types raise WeComUnknown."""

    def __init__(self, api: str, data: Json) -> None:
        self.api = api
        self.data = data

    def _wrong(self, name: str) -> WeComUnknown:
        return WeComUnknown(api=self.api, reason=f"unreadable field {name}")

    def text(self, name: str, default: str = "") -> str:
        """A string; WeCom writes some numbers as strings and the other way round."""
        value = self.data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise self._wrong(name)
        return str(value)

    def need(self, name: str) -> str:
        """A string that must be there."""
        value = self.text(name)
        if not value:
            raise self._wrong(name)
        return value

    def integer(self, name: str, default: int = 0) -> int:
        value = self.data.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise self._wrong(name)
        try:
            return int(value)
        except ValueError:
            raise self._wrong(name) from None

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.data.get(name)
        return default if value is None else bool(value)

    def _list(self, name: str) -> list[Any]:
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(name)
        return tuple(values)

    def integers(self, name: str) -> tuple[int, ...]:
        values = self._list(name)
        if not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
            raise self._wrong(name)
        return tuple(values)

    def objects(self, name: str) -> list[Reader]:
        values = self._list(name)
        if not all(isinstance(value, dict) for value in values):
            raise self._wrong(name)
        return [Reader(self.api, value) for value in values]

    def object(self, name: str) -> Reader:
        value = self.data.get(name)
        if not isinstance(value, dict):
            raise self._wrong(name)
        return Reader(self.api, value)
