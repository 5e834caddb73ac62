"""The console's member list over a million members, through the whole Django stack, in one process.

Needs ``DATABASE_URL`` and ``DATABASE_OWNER_URL`` of a migrated database (about 2 GB; left behind, as
``make bench`` throws the cluster away). Median and worst of ten warm calls of each request as an operator makes it. Budget of
console.md 4: 200 ms at the 95th percentile, 60 KB a page, 40 KB a fragment.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from typing import Any
from uuid import uuid4

from tests.bench.rfm import _as_owner

MEMBERS = 1_000_000
CALLS = 10
BUDGET_MS = 200
PAGE_BYTES = 60_000
_FILL = """
    INSERT INTO members_member (tenant_id, id, public_id, member_no, kind, status, display_name, name_grams, gender,
        city, registered_at, first_source, latest_source, phone_tail, phone_masked, phone_enc, is_wecom_friend,
        is_opted_out, created_at, updated_at)
    SELECT {t}, {base} + n, 'mem_' || md5(n::text), lpad((n::bigint * 7919 % 1000000007)::text, 12, '0'), 'consumer', 'active',
           a || b || c, ARRAY[a, b, c, a || b, b || c], '', '', now() - make_interval(secs => (n * 31)::int), '',
           (ARRAY['tmall', 'jd', 'douyin', 'store'])[1 + n % 4], lpad((n % 10000)::text, 4, '0'), '138****0000', '',
           n % 12 = 0, false, now(), now()
      FROM (SELECT n, substr('王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗', 1 + n % 20, 1) AS a,
                   substr('子宇一梓浩欣雨思嘉俊诗佳雅志晓明静敏娜洁', 1 + n / 20 % 20, 1) AS b,
                   substr('涵轩诺萱然怡桐远杰琪婷强彤哲磊伟曦溪阳佑', 1 + n / 400 % 20, 1) AS c
              FROM generate_series(1, {members}) n) x;
    INSERT INTO members_memberrollup (tenant_id, member_id, orders_count, net_fen, paid_fen, refunded_fen,
        first_paid_at, last_paid_at, last_paid_date, window_orders, window_net_fen, window_last_date, window_as_of,
        created_at, updated_at)
    SELECT {t}, {base} + n, n % 30, n % 90001, n % 90001, 0, now(), now(), current_date - (n % 500)::int, n % 30,
           n % 90001, current_date - (n % 360)::int, current_date, now(), now()
      FROM generate_series(1, {members}) n;
"""


def run(*, members: int = MEMBERS, calls: int = CALLS) -> dict[str, Any]:
    """Fill, ask, print."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.demo")
    django.setup()
    from scrm.access.models import Operator
    from scrm.access.services import membership_grant
    from scrm.tenants.services import tenant_create

    tenant = tenant_create(slug=f"bench-{uuid4().hex[:12]}", name="bench")
    operator = Operator.objects.create_user(email=f"{uuid4().hex}@bench.example", name="bench")
    membership_grant(operator=operator, tenant=tenant, roles=["tenant_admin"])
    names = {"t": tenant.pk, "base": 10**12, "members": members}
    _as_owner(_FILL.format(**names))
    _as_owner("VACUUM ANALYZE members_member; VACUUM ANALYZE members_memberrollup")
    result = _measure(tenant.slug, operator, members, calls)
    print(f"lists {json.dumps(result)}")
    return result


def _measure(slug: str, operator: Any, members: int, calls: int) -> dict[str, Any]:
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    base = f"/console/{slug}/members/list/"
    some = members // 3
    asked = {
        "first_page": base,
        "friends": f"{base}?f.member.is_wecom_friend=is:true",
        "by_spend": f"{base}?sort=-net",
        "member_no": f"{base}?q={some * 7919 % 1_000_000_007:012d}",
        "phone_tail": f"{base}?q=1234",
        "name_3": f"{base}?q=王子涵",
    }
    figures: dict[str, Any] = {}
    for name, url in asked.items():
        times, size = [], 0
        for _ in range(calls + 1):
            begun = time.perf_counter()
            response = client.get(url)
            times.append((time.perf_counter() - begun) * 1000)
            if response.status_code != 200:
                message = f"{name} answered {response.status_code}"
                raise RuntimeError(message)
            size = len(response.content)
        warm = times[1:]
        figures[name] = {
            "p50_ms": round(statistics.median(warm), 1),
            "max_ms": round(max(warm), 1),
            "kb": round(size / 1000, 1),
        }
    slow = [name for name, found in figures.items() if found["p50_ms"] > BUDGET_MS]
    return {
        "members": members,
        **figures,
        "target": f"each <= {BUDGET_MS} ms, <= {PAGE_BYTES // 1000} KB",
        "over_budget": slow,
        "ok": not slow and all(found["kb"] * 1000 <= PAGE_BYTES for found in figures.values()),
    }


if __name__ == "__main__":
    run()
