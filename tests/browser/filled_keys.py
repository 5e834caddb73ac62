"""Keys of every kind for the pages of API keys."""

from __future__ import annotations

from datetime import timedelta

from scrm.access.keys import api_key_create, api_key_revoke, api_key_rotate
from scrm.access.models import ApiKey
from scrm.core import clock


def keys_fill(size: int) -> dict[str, str]:
    """`size` keys; the one that pages are about is rotating."""
    made = [
        api_key_create(
            name=f"系统 {n}", scopes=["members.view", "orders.write"], mode=("live", "test")[n % 2]
        ).key
        for n in range(size)
    ]
    api_key_revoke(public_id=made[-1].public_id)
    shown = api_key_create(name="ERP 订单同步", scopes=["orders.view", "orders.write"]).key
    ApiKey.objects.filter(pk=shown.pk).update(last_used_at=clock.now() - timedelta(minutes=3))
    api_key_rotate(public_id=shown.public_id)
    return {"key_id": shown.public_id}
