"""What the control plane's route tables have in common."""

from __future__ import annotations

from collections.abc import Callable

from scrm.wecom.sandbox.actions import ActionError
from scrm.wecom.sandbox.wire import Fields, JsonObject
from scrm.wecom.sandbox.world import CorpState, World

Route = Callable[[Fields], JsonObject]
Table = dict[tuple[str, str], Route]


def table_of(*, get: dict[str, Route], post: dict[str, Route]) -> Table:
    table = {("GET", path): route for path, route in get.items()}
    return table | {("POST", path): route for path, route in post.items()}


def corp_of(world: World, fields: Fields) -> CorpState:
    corp = world.corps.get(fields.text("corp_id"))
    if corp is None:
        raise ActionError("没有这个企业")
    return corp


def locked(world: World, deed: Callable[[Fields], None]) -> Route:
    """A deed without an answer of its own, under the lock, journalled."""

    def route(fields: Fields) -> JsonObject:
        with world.lock:
            try:
                deed(fields)
            finally:
                world.commit()
        return {}

    return route
