"""``manage.py tenant_create``: a brand, its first administrator and its first key."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from scrm.access.services import tenant_open
from scrm.core.errors import DomainError


class Command(BaseCommand):
    """Prints one JSON object; the key and a generated password are shown this once."""

    help = "Create a tenant with an API key and, if asked, an administrator; prints JSON."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slug", required=True, help="lower-case word for addresses, unique")
        parser.add_argument("--name", required=True)
        parser.add_argument("--timezone", default="Asia/Shanghai", help="IANA name")
        parser.add_argument("--industry", default="")
        parser.add_argument("--admin-email", default="")
        parser.add_argument(
            "--admin-password", default="", help="generated and printed if left out"
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        password = options["admin_password"] or secrets.token_urlsafe(12)
        try:
            opened = tenant_open(
                slug=options["slug"],
                name=options["name"],
                timezone=options["timezone"],
                industry=options["industry"],
                admin_email=options["admin_email"],
                admin_password=password,
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        told: dict[str, Any] = {
            "tenant": {
                "id": opened.tenant.public_id,
                "slug": opened.tenant.slug,
                "name": opened.tenant.name,
                "timezone": opened.tenant.timezone,
            },
            "api_key": opened.secret,
        }
        if opened.admin is not None:
            told["admin"] = {"email": opened.admin.email}
            if opened.is_new_admin and not options["admin_password"]:
                told["admin"]["password"] = password
        self.stdout.write(json.dumps(told, ensure_ascii=False))
