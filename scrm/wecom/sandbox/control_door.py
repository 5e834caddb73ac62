"""The door for /_sandbox/: a tester's hand on customers, members, clock, faults and logs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from scrm.wecom.sandbox import views
from scrm.wecom.sandbox.actions import ActionError, Actions, Scan
from scrm.wecom.sandbox.confirm import confirm
from scrm.wecom.sandbox.control_faults import FaultRoutes
from scrm.wecom.sandbox.control_logs import LogRoutes
from scrm.wecom.sandbox.control_routes import Route, Table, corp_of, locked, table_of
from scrm.wecom.sandbox.emitter import VerificationError
from scrm.wecom.sandbox.entities import (
    Agent,
    ContactWay,
    Customer,
    Staff,
    Task,
)
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.seeding import seed
from scrm.wecom.sandbox.wire import Fields, JsonObject, json_response

if TYPE_CHECKING:
    from scrm.wecom.sandbox.api_door import ApiDoor
    from scrm.wecom.sandbox.emitter import Emitter
    from scrm.wecom.sandbox.options import Options
    from scrm.wecom.sandbox.wire import Request, Response
    from scrm.wecom.sandbox.world import CorpState, World

PREFIX = "/_sandbox/"


class ControlDoor:
    """Answers JSON; a refused deed is 422 with {"error": 中文原因}."""

    def __init__(self, world: World, options: Options, emitter: Emitter, api: ApiDoor) -> None:
        self._world = world
        self._options = options
        self._emitter = emitter
        self._api = api
        self._actions = Actions(world, emitter)
        self._routes = (
            self._table()
            | FaultRoutes(world, options).table()
            | LogRoutes(world, emitter, api).table()
        )

    def handle(self, request: Request) -> Response:
        route = self._routes.get((request.method, request.path.removeprefix(PREFIX)))
        if route is None:
            return json_response({"error": "没有这个操作"}, status=404)
        is_post = request.method == "POST"
        if is_post and request.headers.get("origin", request.base_url) != request.base_url:
            return json_response({"error": "只接受本页面的操作"}, status=403)
        try:
            fields = Fields.parse(request.body) if is_post else Fields(dict(request.query()))
            if "base_url" not in fields:
                fields.data["base_url"] = request.base_url
            return json_response(route(fields))
        except (ActionError, VerificationError) as error:
            return json_response({"error": str(error)}, status=422)
        except (ApiError, TypeError) as error:
            return json_response({"error": f"参数不正确：{error}"}, status=400)

    def _table(self) -> Table:
        get: dict[str, Route] = {
            "health": self._health,
            "corps": self._corps,
            "clock": lambda _: self._world.clock.view(),
            "customers": self._customers,
            "staff": self._staff,
            "relations": self._relations,
            "tags": self._tags,
            "contact_ways": self._contact_ways,
            "inbox": self._inbox,
            "tasks": self._tasks,
        }
        post: dict[str, Route] = {
            "reset": self._reset,
            "seed": self._locked(lambda body: seed(self._world, body)),
            "callback": self._callback,
            "clock": self._clock,
            "customer/scan": self._scan,
            "customer/delete": self._locked(self._customer_delete),
            "customer/reply": self._locked(self._customer_reply),
            "staff/confirm": self._confirm,
            "staff/accept": self._locked(self._staff_accept),
            "staff/edit": self._locked(self._staff_edit),
            "staff/delete": self._locked(self._staff_delete),
            "admin/tag": self._admin_tag,
        }
        return table_of(get=get, post=post)

    def _locked(self, deed: Callable[[Fields], None]) -> Route:
        return locked(self._world, deed)

    def _corp(self, fields: Fields) -> CorpState:
        return corp_of(self._world, fields)

    # -- life and clock ----------------------------------------------------------------------

    def _health(self, _: Fields) -> JsonObject:
        return {"status": "ok", "corps": list(self._world.corps), "pid": os.getpid()}

    def _corps(self, _: Fields) -> JsonObject:
        with self._world.lock:
            return {"data": [views.corp_view(c) for c in self._world.corps.values()]}

    def _reset(self, _: Fields) -> JsonObject:
        with self._world.lock:
            self._world.reset()
            self._world.clock.offset(0)
            self._options.clear()
            self._emitter.clear()
            self._api.log.clear()
            self._api.guard.clear()
        return {}

    def _clock(self, body: Fields) -> JsonObject:
        clock = self._world.clock
        if body.flag("freeze"):
            clock.freeze(body.number("at") if "at" in body else None)
        if "offset" in body:
            clock.offset(body.number("offset"))
        if "advance" in body:
            clock.advance(body.number("advance"))
        return clock.view()

    def _callback(self, body: Fields) -> JsonObject:
        """Saving verifies first, as the real settings page does, unless told not to."""
        corp = self._corp(body)
        agent = corp.get(Agent, str(body.integer("agent_id")))
        if agent is None:
            raise ActionError("没有这个应用")
        url, token, key = body.text("url"), body.text("token"), body.text("aes_key")
        if body.flag("verify", default=True):
            self._emitter.verify(url, token=token, aes_key=key, corp_id=corp.corp_id)
        with self._world.lock:
            agent.url, agent.token, agent.aes_key = url, token, key
            self._world.put(corp.corp_id, agent)
            self._world.commit()
        return {}

    # -- customers and staff -----------------------------------------------------------------

    def _scan(self, body: Fields) -> JsonObject:
        config_id = body.text("config_id")
        if not config_id:
            config_id = body.text("qr_code").rsplit("/", 1)[-1].removesuffix(".svg")
        scan = Scan(
            config_id=config_id,
            external_userid=body.text("external_userid"),
            name=body.text("name"),
            phone=body.text("phone"),
            userid=body.text("userid"),
            accept=body.flag("accept", default=True),
        )
        with self._world.lock:
            try:
                return self._actions.scan(self._corp(body), scan)
            finally:
                self._world.commit()

    def _customer_delete(self, body: Fields) -> None:
        self._actions.customer_delete(self._corp(body), *_pair(body))

    def _customer_reply(self, body: Fields) -> None:
        text = body.text("text").strip()
        if not text:
            raise ActionError("消息不能为空")
        self._actions.reply(self._corp(body), *_pair(body), text)

    def _staff_accept(self, body: Fields) -> None:
        self._actions.accept(self._corp(body), *_pair(body))

    def _staff_delete(self, body: Fields) -> None:
        self._actions.staff_delete(self._corp(body), *_pair(body))

    def _staff_edit(self, body: Fields) -> None:
        corp = self._corp(body)
        self._actions.edit(
            corp,
            self._actions.relation(corp, *_pair(body)),
            remark=body.text("remark") if "remark" in body else None,
            mobiles=body.strings("mobiles") if "mobiles" in body else None,
            add_tags=body.strings("add_tags"),
            remove_tags=body.strings("remove_tags"),
        )

    def _admin_tag(self, body: Fields) -> JsonObject:
        """The administrator creates, renames or deletes a corp tag in the web console."""
        with self._world.lock:
            corp, tag_id, name = self._corp(body), body.text("tag_id"), body.text("name").strip()
            try:
                if not tag_id:
                    return {"tag_id": self._actions.tag_create(corp, body.text("group"), name)}
                self._actions.tag_change(corp, tag_id, name)
                return {"tag_id": tag_id}
            finally:
                self._world.commit()

    def _confirm(self, body: Fields) -> JsonObject:
        with self._world.lock:
            corp = self._corp(body)
            try:
                return confirm(
                    self._world, corp, msgid=body.text("msgid"), userid=body.text("userid")
                )
            finally:
                self._world.commit()

    def _customers(self, query: Fields) -> JsonObject:
        with self._world.lock:
            corp, now = self._corp(query), self._world.now()
            found = views.matching_customers(corp, query.text("q").strip())
            part = found[: query.integer("limit", 50)]
            rows = [views.customer_view(corp, customer, now) for customer in part]
            return {"data": rows, "total": len(found)}

    def _staff(self, query: Fields) -> JsonObject:
        with self._world.lock:
            corp = self._corp(query)
            tasks = [t for t in corp.all(Task).values() if not t.status]
            rows = [
                {
                    "userid": s.userid,
                    "name": s.name,
                    "position": s.position,
                    "customers": len(corp.by_user[s.userid]),
                    "open_tasks": sum(1 for t in tasks if t.userid == s.userid),
                }
                for s in corp.all(Staff).values()
            ]
            return {"data": rows}

    def _relations(self, query: Fields) -> JsonObject:
        with self._world.lock:
            corp = self._corp(query)
            external_userid, userid = query.text("external_userid"), query.text("userid")
            pool = corp.by_customer[external_userid] if external_userid else corp.by_user[userid]
            newest = sorted(pool.values(), key=lambda r: -r.createtime)
            part = newest[: query.integer("limit", 50)]
            rows = [views.relation_view(corp, relation) for relation in part]
            return {"data": rows, "total": len(newest)}

    def _tags(self, query: Fields) -> JsonObject:
        with self._world.lock:
            return {"data": views.tag_views(self._corp(query))}

    def _contact_ways(self, query: Fields) -> JsonObject:
        with self._world.lock:
            corp, base_url = self._corp(query), query.text("base_url")
            ways = list(corp.all(ContactWay).values())[::-1]
            return {"data": [views.way_view(corp, way, base_url) for way in ways]}

    def _inbox(self, query: Fields) -> JsonObject:
        with self._world.lock:
            corp, external_userid = self._corp(query), query.text("external_userid")
            if corp.get(Customer, external_userid) is None:
                raise ActionError("没有这位客户")
            messages = corp.messages_of.get(external_userid, [])
            return {"data": [views.message_view(corp.corp_id, m) for m in messages]}

    def _tasks(self, query: Fields) -> JsonObject:
        with self._world.lock:
            corp = self._corp(query)
            userid, msgid = query.text("userid"), query.text("msgid")
            rows = [
                views.task_view(corp, task)
                for task in corp.all(Task).values()
                if userid in ("", task.userid) and msgid in ("", task.msgid)
            ]
            return {"data": rows[-query.integer("limit", 10_000) :], "total": len(rows)}


def _pair(body: Fields) -> tuple[str, str]:
    return body.text("external_userid"), body.text("userid")
