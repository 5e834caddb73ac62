"""The table of API paths and what a handler is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrm.wecom.sandbox.errors import ApiError

if TYPE_CHECKING:
    from pathlib import Path

    from scrm.wecom.sandbox.entities import Agent, Relation, Staff
    from scrm.wecom.sandbox.options import Options
    from scrm.wecom.sandbox.wire import Fields, JsonObject, Request, Response
    from scrm.wecom.sandbox.world import CorpState, World


@dataclass(frozen=True, slots=True)
class Call:
    """An authenticated API call, handled under the world's lock."""

    world: World
    corp: CorpState
    agent: Agent
    query: Fields
    body: Fields
    request: Request
    options: Options
    folder: Path

    @property
    def corp_id(self) -> str:
        return self.corp.corp_id

    def sees(self, userid: str) -> bool:
        """Whether the member lies in the application's visible scope."""
        return not self.agent.visible or userid in self.agent.visible

    def staff(self, userid: str) -> Staff:
        """A visible member, else 41009, 60111 or 60011."""
        from scrm.wecom.sandbox.entities import Staff  # noqa: PLC0415  a cycle of types only

        if not userid:
            raise ApiError(41009)
        member = self.corp.get(Staff, userid)
        if member is None:
            raise ApiError(60111)
        if not self.sees(userid):
            raise ApiError(60011)
        return member

    def relation(self, userid: str, external_userid: str) -> Relation:
        """A friendship the member has accepted, else 41035, 40096 or 84061."""
        from scrm.wecom.sandbox.entities import Customer  # noqa: PLC0415  a cycle of types only

        self.staff(userid)
        if not external_userid:
            raise ApiError(41035)
        if self.corp.get(Customer, external_userid) is None:
            raise ApiError(40096)
        relation = self.corp.relation(userid, external_userid)
        if relation is None or not relation.full:
            raise ApiError(84061)
        return relation


Handler = Callable[[Call], "JsonObject | Response"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path under /cgi-bin/. `contact` ones need the customer-contact right (48002)."""

    path: str
    method: str
    handler: Handler
    contact: bool


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(path: str, *, method: str = "POST") -> Callable[[Handler], Handler]:
    """Register a handler for /cgi-bin/<path>."""

    def register(handler: Handler) -> Handler:
        contact = path.startswith("externalcontact/")
        ENDPOINTS[path] = Endpoint(path, method, handler, contact)
        return handler

    return register
