"""The seeded corp of these tests, and a raw client that calls the API as an application would."""

from __future__ import annotations

import http.client
import json
import threading
from urllib.parse import urlencode, urlsplit

from scrm.wecom.sandbox.control_types import (
    AgentSeed,
    CallbackSeed,
    CorpSeed,
    CustomerSeed,
    DepartmentSeed,
    RelationSeed,
    StaffSeed,
    TagGroupSeed,
)

CORP, SECRET, AGENT = "ww1sandboxcorp", "sandbox-secret", 1000002
TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
NOW = 1_760_000_000  # 2025-10-09 16:53:20 in China


class Api:
    """Calls /cgi-bin/ as an application would, one keep-alive connection per thread."""

    def __init__(self, base_url: str) -> None:
        self._netloc = urlsplit(base_url).netloc
        self._local = threading.local()
        self.token = ""

    def sign_in(self, secret: str = SECRET) -> Api:
        self.token = ""
        self.token = self.get("gettoken", corpid=CORP, corpsecret=secret)["access_token"]
        return self

    def fetch(self, url: str) -> tuple[int, dict, bytes]:
        """Any address of the sandbox outside /cgi-bin/."""
        return self.raw("GET", "../" + url.split("/", 3)[3])

    def get(self, path: str, **query: object) -> dict:
        return json.loads(self.raw("GET", path, query)[2])

    def post(self, path: str, body: object = None, **query: object) -> dict:
        return json.loads(self.raw("POST", path, query, json.dumps(body or {}).encode())[2])

    def raw(self, method, path, query=None, body=None, headers=None, *, timeout=10):
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self._netloc)
            self._local.connection = connection
        connection.timeout = timeout
        if connection.sock:
            connection.sock.settimeout(timeout)
        query = {"access_token": self.token, **(query or {})} if self.token else (query or {})
        try:
            target = "/" + path[3:] if path.startswith("../") else f"/cgi-bin/{path}"
            connection.request(method, f"{target}?{urlencode(query)}", body, headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        except BaseException:
            connection.close()
            raise


def corp_seed(*, callback: CallbackSeed | None = None, customers: int = 5) -> CorpSeed:
    return CorpSeed(
        CORP,
        "禾木生活",
        agents=(
            AgentSeed(AGENT, SECRET, callback=callback),
            AgentSeed(1000003, "no-right", contact_right=False),
            AgentSeed(1000004, "narrow", visible=("li.na",)),
        ),
        departments=(DepartmentSeed(2, "门店"), DepartmentSeed(3, "一店", 2)),
        staff=(
            StaffSeed("li.na", "李娜", department=(2,)),
            StaffSeed("wang.wei", "王伟"),
            StaffSeed("asleep", "未激活", active=False),
        ),
        customers=tuple(
            CustomerSeed(f"wmSBX{i:04d}", f"客户{i}", unionid=f"oU{i}", phone=f"1380000{i:04d}")
            for i in range(customers)
        ),
        tag_groups=(TagGroupSeed("会员等级", ("金卡", "银卡")), TagGroupSeed("来源", ("门店",))),
        relations=tuple(
            RelationSeed(
                "li.na" if i % 2 == 0 else "wang.wei",
                f"wmSBX{i:04d}",
                createtime=NOW - 86400 + i,
                tags=("会员等级/金卡",) if i < 2 else (),
            )
            for i in range(customers)
        ),
    )
