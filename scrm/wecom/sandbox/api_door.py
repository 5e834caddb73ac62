"""The door for /cgi-bin/: token, faults, limits and rights, then the handler, then the log."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import scrm.wecom.sandbox.endpoints  # noqa: F401  fills the table
from scrm.wecom.sandbox.control_types import ApiRequest
from scrm.wecom.sandbox.endpoints.token import (
    SecretGuard,
    corp_of_request,
    give_token,
    token_owner,
)
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.options import Verdict
from scrm.wecom.sandbox.registry import ENDPOINTS, Call, Endpoint
from scrm.wecom.sandbox.wire import Fields, Response, json_response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scrm.wecom.sandbox.entities import Agent
    from scrm.wecom.sandbox.options import Options
    from scrm.wecom.sandbox.wire import JsonObject, Request
    from scrm.wecom.sandbox.world import CorpState, World

PREFIX = "/cgi-bin/"
LOG_LENGTH = 20_000
BODY_SHOWN = 2_000
MARK_SECONDS = 0.05
Runner = Callable[[], Response]
SECRET = re.compile(r"(?i)(secret|token)=[^&\s]+")


@dataclass(slots=True)
class Visit:
    """What is known of a call while it runs, for the log."""

    api: str
    method: str
    corp_id: str = ""
    agent_id: int = 0
    errcode: int = 0
    fault: str = ""


class ApiDoor:
    """Handles every request under /cgi-bin/."""

    def __init__(self, world: World, options: Options, folder: Path) -> None:
        self._world = world
        self._options = options
        self._folder = folder
        self.guard = SecretGuard()
        self.log: deque[ApiRequest] = deque(maxlen=LOG_LENGTH)
        self._ids = itertools.count(1)
        self._marking: set[tuple[str, str]] = set()
        self._marking_lock = threading.Lock()

    def handle(self, request: Request) -> Response:
        api = request.path.removeprefix(PREFIX)
        begun, at = time.monotonic(), self._world.clock.now()
        visit = Visit(api, request.method)
        try:
            response = self._answer(request, visit)
        except ApiError as error:
            visit.errcode = error.code
            response = self._refusal(request, error)
        seconds = time.monotonic() - begun + response.delay
        self.log.append(
            ApiRequest(
                id=next(self._ids),
                at=at,
                corp_id=visit.corp_id,
                agent_id=visit.agent_id,
                api=api,
                method=request.method,
                status=0 if response.hang_up else response.status,
                errcode=visit.errcode,
                milliseconds=int(seconds * 1000),
                fault=visit.fault,
                body=_shown(request),
            )
        )
        return response

    def _answer(self, request: Request, visit: Visit) -> Response:
        query = Fields(dict(request.query()))
        if visit.api == "gettoken":
            with self._world.lock:
                visit.corp_id = corp_of_request(self._world, query).corp_id
            return self._guarded(request, visit, lambda: self._gettoken(query))
        endpoint = ENDPOINTS.get(visit.api)
        if endpoint is None:
            return Response(404, b"404 page not found", "text/plain; charset=utf-8")
        if request.method != endpoint.method:
            raise ApiError(40058 if request.method == "GET" else 40063, "wrong http method")
        with self._world.lock:
            corp, agent = token_owner(self._world, query.text("access_token"))
        visit.corp_id, visit.agent_id = corp.corp_id, agent.agent_id
        return self._guarded(
            request, visit, lambda: self._run(request, endpoint, query, corp, agent)
        )

    def _guarded(self, request: Request, visit: Visit, run: Runner) -> Response:
        """Between the gate's enter and leave. Latency comes after the deed: accepted, told late."""
        verdict = self._options.enter(visit.corp_id, visit.api)
        visit.fault = verdict.names
        try:
            if verdict.drop_before:
                return Response(hang_up=True, delay=verdict.hold)
            if verdict.http:
                return Response(verdict.http, b"<html>Bad Gateway</html>", "text/html")
            response = self._obey(request, visit, verdict, run)
            if verdict.latency:
                time.sleep(verdict.latency)
        finally:
            self._options.leave(visit.corp_id, visit.api)
        if verdict.drop_after:
            return Response(hang_up=True, delay=verdict.hold)
        return response

    def _obey(self, request: Request, visit: Visit, verdict: Verdict, run: Runner) -> Response:
        try:
            self._planned(verdict)
            return run()
        except ApiError as error:
            visit.errcode = error.code
            return self._refusal(request, error)

    @staticmethod
    def _planned(verdict: Verdict) -> None:
        if verdict.errcode:
            raise ApiError(verdict.errcode)

    def _gettoken(self, query: Fields) -> Response:
        with self._world.lock:
            answer = give_token(self._world, self._options, self.guard, query)
            self._world.commit()
        return _success(answer)

    def _run(
        self, request: Request, endpoint: Endpoint, query: Fields, corp: CorpState, agent: Agent
    ) -> Response:
        if endpoint.contact and not agent.contact_right:
            raise ApiError(48002)
        multipart = request.headers.get("content-type", "").startswith("multipart/")
        body = Fields({}) if multipart or request.method == "GET" else Fields.parse(request.body)
        call = Call(self._world, corp, agent, query, body, request, self._options, self._folder)
        with self._one_marker(endpoint, corp, body), self._world.lock:
            try:
                answer = endpoint.handler(call)
            finally:
                self._world.commit()
        return answer if isinstance(answer, Response) else _success(answer)

    @contextmanager
    def _one_marker(self, endpoint: Endpoint, corp: CorpState, body: Fields) -> Iterator[None]:
        """With the switch on, two mark_tag calls of one customer at one time collide (45035)."""
        if endpoint.path != "externalcontact/mark_tag" or not self._options.switches.tag_conflicts:
            yield
            return
        key = (corp.corp_id, body.text("external_userid"))
        with self._marking_lock:
            if key in self._marking:
                raise ApiError(45035)
            self._marking.add(key)
        try:
            time.sleep(MARK_SECONDS)
            yield
        finally:
            with self._marking_lock:
                self._marking.discard(key)

    def _refusal(self, request: Request, error: ApiError) -> Response:
        message = error.message(at=self._world.clock.now(), remote=request.remote)
        data: JsonObject = {"errcode": error.code, "errmsg": message, **error.extra}
        response = json_response(data)
        response.headers = {"error-code": str(error.code), "error-msg": message.split(",")[0]}
        return response


def _success(answer: JsonObject) -> Response:
    response = json_response({"errcode": 0, "errmsg": "ok", **answer})
    response.headers = {"error-code": "0", "error-msg": "ok"}
    return response


def _shown(request: Request) -> str:
    """The body for the log; uploads are not text and secrets are not for eyes."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        return f"<{len(request.body)} bytes>"
    return SECRET.sub(r"\1=***", request.body[:BODY_SHOWN].decode("utf-8", "replace"))
