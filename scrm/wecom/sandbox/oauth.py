"""WeCom's sign-in pages: a person picks who scans, and the browser goes back with a code."""

from __future__ import annotations

import secrets
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from scrm.wecom.sandbox.entities import Agent, OAuthCode, Staff
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.wire import Response

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import Request
    from scrm.wecom.sandbox.world import CorpState, World

# The picture to scan on a desk, and the consent inside WeCom; both end the same way.
PATHS = frozenset({"/wwlogin/sso/login", "/connect/oauth2/authorize"})
CODE_SECONDS = 300
STATE_LONGEST = 128
STRANGER = "*"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class OAuthDoor:
    """Shows the members of a corp, and sends the browser back as the one that was picked."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handle(self, request: Request) -> Response:
        query = request.query()
        try:
            with self._world.lock:
                corp, agent = self._asked(query)
                if "userid" not in query:
                    return _page(_picker(request, corp, agent))
                return self._back(query, corp, agent)
        except ApiError as error:
            said = error.message(at=self._world.clock.now(), remote=request.remote)
            return _page(f"<h1>无法登录</h1><p>{error.code} {escape(said)}</p>", status=400)

    def _asked(self, query: dict[str, str]) -> tuple[CorpState, Agent]:
        corp = self._world.corps.get(query.get("appid", ""))
        if corp is None:
            raise ApiError(40013)
        agent = corp.get(Agent, query.get("agentid", ""))
        if agent is None:
            raise ApiError(40056)
        state = query.get("state", "")
        if not (state.isascii() and state.isalnum() and len(state) <= STATE_LONGEST):
            raise ApiError(40035, "state is a-zA-Z0-9, at most 128")
        target, trusted = urlsplit(query.get("redirect_uri", "")), urlsplit(agent.url)
        if target.scheme not in {"http", "https"} or not target.netloc:
            raise ApiError(50001)
        if trusted.netloc and trusted.netloc != target.netloc:
            raise ApiError(50001)
        return corp, agent

    def _back(self, query: dict[str, str], corp: CorpState, agent: Agent) -> Response:
        userid = query["userid"]
        staff = corp.get(Staff, userid)
        if userid != STRANGER and (staff is None or not staff.active):
            raise ApiError(60111)
        code = secrets.token_urlsafe(48)
        self._world.put(
            corp.corp_id,
            OAuthCode(
                code=code,
                agent_id=agent.agent_id,
                userid="" if userid == STRANGER else userid,
                expires_at=self._world.clock.now() + CODE_SECONDS,
            ),
        )
        self._world.commit()
        target = query["redirect_uri"]
        mark = "&" if urlsplit(target).query else "?"
        answer = urlencode({"code": code, "state": query["state"], "appid": corp.corp_id})
        return Response(302, headers={"Location": f"{target}{mark}{answer}"})


def _picker(request: Request, corp: CorpState, agent: Agent) -> str:
    people = [
        staff
        for staff in corp.all(Staff).values()
        if staff.active and (not agent.visible or staff.userid in agent.visible)
    ]
    lines = [_line(request, staff.userid, staff.name, staff.userid) for staff in people[:200]]
    lines.append(_line(request, STRANGER, "企业外的人", "不是本企业成员"))
    return (
        f"<h1>谁来扫码？</h1><p class='muted'>{escape(corp.corp.name)} · {escape(agent.name)} · "
        "沙箱代替手机，点一位成员就算扫码并确认</p>"
        f"<ul class='scan-list'>{''.join(lines)}</ul>"
    )


def _line(request: Request, userid: str, name: str, note: str) -> str:
    address = f"{request.path}?{urlencode({**request.query(), 'userid': userid})}"
    return (
        f"<li><a class='person' href='{escape(address)}'><span class='person-text'>"
        f"<strong>{escape(name)}</strong><span class='muted'>{escape(note)}</span></span></a></li>"
    )


def _page(content: str, *, status: int = 200) -> Response:
    html = (
        "<!doctype html><html lang='zh-CN'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<title>企业微信沙箱 - 扫码登录</title>"
        "<link rel='stylesheet' href='/assets/sandbox.css'></head>"
        f"<body class='scan-page'><main class='scan-box card'>{content}</main></body></html>"
    )
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY}
    headers["X-Content-Type-Options"] = "nosniff"
    return Response(status, html.encode(), "text/html; charset=utf-8", headers)
