"""docs/quickstart.md, run as it stands in both languages' words: curl and python3 against a live server, with
workers beside it and a proxy in front that loses every third answer to a batch."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from members.orders.models import Order
from members.people.models import Member
from scrm.access.services import tenant_open
from scrm.tenants.context import tenant_scope
from scrm.webhooks.models import WebhookDelivery
from tests.scrm.api.test_acceptance import workers
from tests.support.lossy import lossy_proxy

DOCUMENTS = [
    Path(django_settings.ROOT, "docs", name) for name in ("quickstart.md", "quickstart.zh-CN.md")
]
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path) -> list[str]:
    return _BLOCK.findall(document.read_text(encoding="utf-8"))


def test_both_languages_hold_the_same_commands() -> None:
    english, chinese = (blocks(document) for document in DOCUMENTS)
    assert english == chinese
    assert len(english) == 4


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.mark.race
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on PATH")
@pytest.mark.django_db(transaction=True)
def test_the_quick_start_runs(live_server: Any, settings: Any, tmp_path: Path) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ("127.0.0.0/8",)
    opened = tenant_open(slug="quickstart", name="试用", timezone="Asia/Shanghai")
    with lossy_proxy(live_server.url) as proxy, workers() as faults:
        said = subprocess.run(
            ["bash", "-c", "\n".join(blocks(DOCUMENTS[0]))],
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "BASE": proxy.url,
                "KEY": opened.secret,
                "PORT": str(free_port()),
                "LC_ALL": "C.UTF-8",
                "no_proxy": "*",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert faults == []
    assert said.returncode == 0, f"{said.stdout[-3000:]}\n{said.stderr[-3000:]}"
    lines = said.stdout.splitlines()
    assert lines[-1] == "quick-start done"
    assert lines.count("1000 members 1000 orders") == 2
    assert proxy.lost >= 4, "the proxy lost nothing, so nothing was repeated"
    assert proxy.replayed >= proxy.lost
    with tenant_scope(opened.tenant):
        assert Member.objects.count() == 1000
        assert Order.objects.count() == 1000
        sent = WebhookDelivery.objects.values_list("state", flat=True)
        assert sent
