"""The control plane's logs: accepted sends, API requests, callbacks."""

from __future__ import annotations

from dataclasses import asdict

from scrm.wecom.sandbox import views
from scrm.wecom.sandbox.actions import ActionError
from scrm.wecom.sandbox.api_door import ApiDoor
from scrm.wecom.sandbox.control_routes import Table, table_of
from scrm.wecom.sandbox.emitter import Emitter
from scrm.wecom.sandbox.wire import Fields, JsonObject
from scrm.wecom.sandbox.world import World

LIMIT = 1000


class LogRoutes:
    """Everything a test asserts on."""

    def __init__(self, world: World, emitter: Emitter, api: ApiDoor) -> None:
        self._world = world
        self._emitter = emitter
        self._api = api

    def table(self) -> Table:
        return table_of(
            get={
                "sends": self._sends,
                "requests": self._requests,
                "deliveries": self._deliveries,
                "callbacks/pending": lambda _: {"pending": self._emitter.pending()},
            },
            post={"callbacks/redeliver": self._redeliver},
        )

    def _sends(self, query: Fields) -> JsonObject:
        corp_id, kind, after = query.text("corp_id"), query.text("kind"), query.integer("after")
        with self._world.lock:
            rows = [
                views.send_view(owner, send)
                for owner, send in self._world.sends
                if send.id > after and corp_id in ("", owner) and kind in ("", send.send_kind)
            ]
        return {"data": rows[-query.integer("newest", len(rows)) :]}

    def _requests(self, query: Fields) -> JsonObject:
        api, corp_id, after = query.text("api"), query.text("corp_id"), query.integer("after")
        rows = [
            asdict(r)
            for r in list(self._api.log)
            if r.id > after and api in ("", r.api) and corp_id in ("", r.corp_id)
        ]
        return {"data": rows[-query.integer("limit", LIMIT) :]}

    def _deliveries(self, query: Fields) -> JsonObject:
        rows = self._emitter.log(
            corp_id=query.text("corp_id"),
            after=query.integer("after"),
            limit=query.integer("limit", LIMIT),
        )
        return {"data": [asdict(delivery) for delivery in rows]}

    def _redeliver(self, body: Fields) -> JsonObject:
        copies, delay = body.integer("copies", 1), body.number("delay")
        if not self._emitter.redeliver(body.integer("id"), copies=copies, delay=delay):
            raise ActionError("没有这条回调记录")
        return {}
