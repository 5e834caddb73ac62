"""What a row of the table says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Api:
    """One method of one API route, by its name in `route_register`."""

    name: str
    method: str = "GET"
    path: dict[str, str] = field(default_factory=dict, kw_only=True)
    body: Any = field(default=None, kw_only=True)
    query: dict[str, str] = field(default_factory=dict, kw_only=True)
    owner: int = field(default=200, kw_only=True)
    # Default: 404 where an id of A's is named in path or body, else the owner's status on their own brand.
    stranger: int | None = field(default=None, kw_only=True)
    # A right asked for behind the gate, for this row's objects.
    needs: str = field(default="", kw_only=True)

    @property
    def key(self) -> str:
        return f"api:{self.name} {self.method}"


@dataclass(frozen=True)
class Page:
    """One method of one console page, by its URL name without the namespace."""

    name: str
    method: str = "GET"
    path: dict[str, str] = field(default_factory=dict, kw_only=True)
    query: dict[str, str] = field(default_factory=dict, kw_only=True)
    data: dict[str, str] = field(default_factory=dict, kw_only=True)
    headers: dict[str, str] = field(default_factory=dict, kw_only=True)
    owner: int = field(default=200, kw_only=True)
    # Default: 403 where the page names a permission, else what the owner gets.
    colleague: int | None = field(default=None, kw_only=True)
    # A right asked for behind the gate, for this row's objects.
    needs: str = field(default="", kw_only=True)

    @property
    def key(self) -> str:
        return f"console:{self.name}"


@dataclass(frozen=True)
class Open:
    """An address without a brand: the same answer for everybody, or one for people signed in."""

    name: str
    method: str = "GET"
    anyone: int = field(default=200, kw_only=True)
    signed_in: int | None = field(default=None, kw_only=True)
    path: dict[str, str] = field(default_factory=dict, kw_only=True)

    @property
    def key(self) -> str:
        return self.name


def filled(value: Any, names: dict[str, str]) -> Any:
    """The value with `{name}` replaced at any depth."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, dict):
        return {key: filled(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, names) for inner in value]
    return value


def names_ids(value: Any) -> bool:
    """Whether the value holds a `{name}`."""
    if isinstance(value, str):
        return "{" in value
    if isinstance(value, dict):
        return any(names_ids(inner) for inner in value.values())
    return isinstance(value, list) and any(names_ids(inner) for inner in value)
