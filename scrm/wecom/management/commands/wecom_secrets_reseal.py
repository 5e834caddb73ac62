"""``manage.py wecom_secrets_reseal``: after a new first key in SCRM_SECRET_KEYS, before the old one goes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from scrm.tenants.context import across_tenants
from scrm.wecom.rotation import secrets_reseal


class Command(BaseCommand):
    """Seal WeCom secrets and noted phones under the newest key. May run again at any time."""

    help = "Seal WeCom secrets and noted phones of every tenant under the newest key."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        reason = "a key rotation re-seals every tenant's secrets"
        count = sum(secrets_reseal() for _tenant in across_tenants(reason))
        self.stdout.write(f"re-sealed {count}")
