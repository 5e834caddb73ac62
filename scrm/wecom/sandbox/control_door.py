"""The door for /_sandbox/: a tester's hand on customers, members, clock, faults and logs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from scrm.wecom.sandbox import views
from scrm.wecom.sandbox.actions import ActionError, Actions, Scan
from scrm.wecom.sandbox.confirm import PERIODS, confirm
from scrm.wecom.sandbox.control_types import CallbackFaults, FaultRule, Switches
from scrm.wecom.sandbox.emitter import VerificationError
from scrm.wecom.sandbox.entities import (
    Agent,
    ContactWay,
    Customer,
    Staff,
    Task,
    Token,
)
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.options import Limit
from scrm.wecom.sandbox.seeding import seed
from scrm.wecom.sandbox.wire import Fields, JsonObject, json_response

if TYPE_CHECKING:
    from scrm.wecom.sandbox.api_door import ApiDoor
    from scrm.wecom.sandbox.emitter import Emitter
    from scrm.wecom.sandbox.options import Options
    from scrm.wecom.sandbox.wire import Request, Response
    from scrm.wecom.sandbox.world import CorpState, World

PREFIX = "/_sandbox/"
LIMIT = 1000


class ControlDoor:
    """Answers JSON; a refused deed is 422 with {"error": 中文原因}."""

    def __init__(self, world: World, options: Options, emitter: Emitter, api: ApiDoor) -> None:
        self._world = world
        self._options = options
        self._emitter = emitter
        self._api = api
        self._actions = Actions(world, emitter)
        self._base_url = ""
        self._routes = self._table()

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

    def _table(self) -> dict[tuple[str, str], Callable[[Fields], JsonObject]]:
        get: dict[str, Callable[[Fields], JsonObject]] = {
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
            "faults": lambda _: {"data": [asdict(r) for r in self._options.rules()]},
            "callback_faults": lambda _: asdict(self._options.callback),
            "switches": lambda _: asdict(self._options.switches),
            "sends": self._sends,
            "requests": self._requests,
            "deliveries": self._deliveries,
            "callbacks/pending": lambda _: {"pending": self._emitter.pending()},
        }
        post: dict[str, Callable[[Fields], JsonObject]] = {
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
            "faults": self._fault,
            "faults/remove": self._fault_remove,
            "faults/clear": self._faults_clear,
            "callback_faults": self._callback_faults,
            "switches": self._switch,
            "tokens/expire": self._locked(self._tokens_expire),
            "corp": self._locked(self._corp_update),
            "rate_limits": self._rate_limit,
            "concurrency": self._concurrency,
            "callbacks/redeliver": self._redeliver,
        }
        table = {("GET", path): route for path, route in get.items()}
        return table | {("POST", path): route for path, route in post.items()}

    def _locked(self, deed: Callable[[Fields], None]) -> Callable[[Fields], JsonObject]:
        """A deed without an answer of its own, under the lock, journalled."""

        def route(fields: Fields) -> JsonObject:
            with self._world.lock:
                try:
                    deed(fields)
                finally:
                    self._world.commit()
            return {}

        return route

    def _corp(self, fields: Fields) -> CorpState:
        corp = self._world.corps.get(fields.text("corp_id"))
        if corp is None:
            raise ActionError("没有这个企业")
        return corp

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

    # -- faults ------------------------------------------------------------------------------

    def _fault(self, body: Fields) -> JsonObject:
        rule = FaultRule(
            kind=body.text("kind"),  # type: ignore[arg-type]
            api=body.text("api", "*") or "*",
            corp_id=body.text("corp_id"),
            code=body.integer("code"),
            times=body.integer("times"),
            probability=body.number("probability", 1.0),
            milliseconds=body.integer("milliseconds"),
        )
        if rule.kind not in ("errcode", "http", "latency", "drop_before", "drop_after"):
            raise ActionError("没有这种故障")
        return asdict(self._options.add_rule(rule))

    def _fault_remove(self, body: Fields) -> JsonObject:
        self._options.remove_rule(body.integer("id"))
        return {}

    def _faults_clear(self, _: Fields) -> JsonObject:
        self._options.clear_faults()
        return {}

    def _callback_faults(self, body: Fields) -> JsonObject:
        self._options.callback = CallbackFaults(
            drop_next=body.integer("drop_next"),
            drop_probability=body.number("drop_probability"),
            copies=body.integer("copies"),
            delay_seconds=body.number("delay_seconds"),
            reorder_seconds=body.number("reorder_seconds"),
        )
        return asdict(self._options.callback)

    def _switch(self, body: Fields) -> JsonObject:
        known = asdict(Switches())
        changes = {k: v for k, v in body.data.items() if k != "base_url"}
        unknown = set(changes) - set(known)
        if unknown:
            raise ActionError(f"没有这个开关：{', '.join(sorted(unknown))}")
        return asdict(self._options.set_switches(changes))

    def _tokens_expire(self, body: Fields) -> None:
        corp, revoke = self._corp(body), body.flag("revoke")
        for token in corp.all(Token).values():
            token.expires_at = min(token.expires_at, self._world.clock.now())
            token.revoked = token.revoked or revoke
            self._world.put(corp.corp_id, token)

    def _corp_update(self, body: Fields) -> None:
        corp = self._corp(body).corp
        rule = body.text("quota_rule") or corp.quota_rule
        if rule not in PERIODS:
            raise ActionError("群发规则只能是每月、每周或每天")
        corp.quota_rule = rule
        corp.token_ttl = body.integer("token_ttl", corp.token_ttl)
        self._world.put(corp.corp_id, corp)

    def _rate_limit(self, body: Fields) -> JsonObject:
        limit = Limit(body.integer("limit"), body.number("seconds", 60))
        self._options.set_limit(body.text("corp_id"), body.text("api", "*"), limit)
        return {}

    def _concurrency(self, body: Fields) -> JsonObject:
        cap = body.integer("cap")
        self._options.set_cap(body.text("corp_id"), body.text("api", "*"), cap)
        return {}

    # -- logs --------------------------------------------------------------------------------

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


def _pair(body: Fields) -> tuple[str, str]:
    return body.text("external_userid"), body.text("userid")
