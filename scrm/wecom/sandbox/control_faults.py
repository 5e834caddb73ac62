"""The control plane's routes for faults, switches, tokens, rules and limits."""

from __future__ import annotations

from dataclasses import asdict

from scrm.wecom.sandbox.actions import ActionError
from scrm.wecom.sandbox.confirm import PERIODS
from scrm.wecom.sandbox.control_routes import Table, corp_of, locked, table_of
from scrm.wecom.sandbox.control_types import CallbackFaults, FaultRule, Switches
from scrm.wecom.sandbox.entities import Token
from scrm.wecom.sandbox.options import Limit, Options
from scrm.wecom.sandbox.wire import Fields, JsonObject
from scrm.wecom.sandbox.world import World


class FaultRoutes:
    """A tester's hand on what goes wrong."""

    def __init__(self, world: World, options: Options) -> None:
        self._world = world
        self._options = options

    def table(self) -> Table:
        return table_of(
            get={
                "faults": lambda _: {"data": [asdict(r) for r in self._options.rules()]},
                "callback_faults": lambda _: asdict(self._options.callback),
                "switches": lambda _: asdict(self._options.switches),
            },
            post={
                "faults": self._fault,
                "faults/remove": self._fault_remove,
                "faults/clear": self._faults_clear,
                "callback_faults": self._callback_faults,
                "switches": self._switch,
                "tokens/expire": locked(self._world, self._tokens_expire),
                "corp": locked(self._world, self._corp_update),
                "rate_limits": self._rate_limit,
                "concurrency": self._concurrency,
            },
        )

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
        corp, revoke = corp_of(self._world, body), body.flag("revoke")
        for token in corp.all(Token).values():
            token.expires_at = min(token.expires_at, self._world.clock.now())
            token.revoked = token.revoked or revoke
            self._world.put(corp.corp_id, token)

    def _corp_update(self, body: Fields) -> None:
        corp = corp_of(self._world, body).corp
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
