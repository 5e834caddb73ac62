"""``manage.py demo_load``: make the demo's brands, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from demo.load import demo_load


class Command(BaseCommand):
    """Refuses to run outside the demo: its passwords are printed and its WeCom is a sandbox."""

    help = "Load the demo brands, their people and their purchase history."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.WECOM_SANDBOX:
            message = "demo_load runs with the demo's settings only (DJANGO_SETTINGS_MODULE=scrm.settings.demo)"
            raise CommandError(message)
        loaded = demo_load(say=self.stdout.write)
        path = Path(settings.DATA_DIR) / "logins.txt"
        if loaded.is_new or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(loaded.logins) + "\n", encoding="utf-8")
        for line in loaded.logins:
            self.stdout.write(line)
