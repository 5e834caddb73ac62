"""``manage.py docs_write``: write the documents that come from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from typing_extensions import override

from scrm.api.docs import DOCUMENTS


class Command(BaseCommand):
    """docs/openapi.yaml, docs/errors.md, docs/events.md."""

    help = "Write docs/openapi.yaml, docs/errors.md and docs/events.md from the code."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        for name, text in DOCUMENTS.items():
            Path(settings.ROOT, name).write_text(text(), encoding="utf-8")
            self.stdout.write(name)
