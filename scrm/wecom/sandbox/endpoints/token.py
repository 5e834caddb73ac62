"""gettoken, and the check of the token on every other call."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from scrm.wecom.sandbox.entities import Agent, Token
from scrm.wecom.sandbox.errors import ApiError

if TYPE_CHECKING:
    from scrm.wecom.sandbox.options import Options
    from scrm.wecom.sandbox.wire import Fields, JsonObject
    from scrm.wecom.sandbox.world import CorpState, World

WRONG_SECRETS = 10
BAN_SECONDS = 3600
TOKEN_BYTES = 160
SPARE_SECONDS = 60


class SecretGuard:
    """Counts wrong secrets; the tenth bans gettoken for an hour (45009)."""

    def __init__(self) -> None:
        self._wrong: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def check(self, corp_id: str, now: float) -> None:
        if now < self._until.get(corp_id, 0.0):
            raise ApiError(45009)

    def wrong(self, corp_id: str, now: float) -> None:
        self._wrong[corp_id] = self._wrong.get(corp_id, 0) + 1
        if self._wrong[corp_id] >= WRONG_SECRETS:
            self._wrong[corp_id] = 0
            self._until[corp_id] = now + BAN_SECONDS

    def clear(self) -> None:
        self._wrong.clear()
        self._until.clear()


def corp_of_request(world: World, query: Fields) -> CorpState:
    corp_id = query.text("corpid")
    if not corp_id:
        raise ApiError(41002)
    if corp_id not in world.corps:
        raise ApiError(40013)
    return world.corps[corp_id]


def give_token(world: World, options: Options, guard: SecretGuard, query: Fields) -> JsonObject:
    """Answer gettoken: the living token while it lives (a switch), else a new one."""
    corp = corp_of_request(world, query)
    secret = query.text("corpsecret")
    if not secret:
        raise ApiError(41004)
    now = world.clock.now()
    guard.check(corp.corp_id, now)
    agents = corp.all(Agent).values()
    agent = next((a for a in agents if secrets.compare_digest(a.secret, secret)), None)
    if agent is None:
        guard.wrong(corp.corp_id, now)
        others = (a for c in world.corps.values() for a in c.all(Agent).values())
        raise ApiError(40091 if any(a.secret == secret for a in others) else 40001)
    token = _living(corp, agent, now) if options.switches.same_token else None
    if token is None:
        ttl = corp.corp.token_ttl
        token = Token(secrets.token_urlsafe(TOKEN_BYTES), agent.agent_id, now + ttl)
        _forget_dead(world, corp, now)
        world.put(corp.corp_id, token)
    left = int(token.expires_at - now)
    return {"access_token": token.value, "expires_in": left}


def token_owner(world: World, value: str) -> tuple[CorpState, Agent]:
    """Whose token this is, else 41001, 40014 or 42001."""
    if not value:
        raise ApiError(41001)
    corp_id = world.token_corp.get(value, "")
    corp = world.corps.get(corp_id)
    token = corp.get(Token, value) if corp else None
    if corp is None or token is None or token.revoked:
        raise ApiError(40014)
    if world.clock.now() >= token.expires_at:
        raise ApiError(42001)
    agent = corp.get(Agent, str(token.agent_id))
    if agent is None:
        raise ApiError(40014)
    return corp, agent


def _living(corp: CorpState, agent: Agent, now: float) -> Token | None:
    for token in corp.all(Token).values():
        own = token.agent_id == agent.agent_id and not token.revoked
        if own and token.expires_at > now:
            return token
    return None


def _forget_dead(world: World, corp: CorpState, now: float) -> None:
    """Tokens dead for a day are unknown, not expired."""
    for token in list(corp.all(Token).values()):
        if token.expires_at < now - 24 * 3600 + SPARE_SECONDS:
            world.token_corp.pop(token.value, None)
            world.drop(corp.corp_id, token)
