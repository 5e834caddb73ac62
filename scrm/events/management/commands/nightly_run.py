"""``manage.py nightly_run``: the night of one tenant, by hand."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from scrm.core.errors import DomainError
from scrm.events.jobs.nightly import nightly_run_all
from scrm.events.models import JobState
from scrm.tenants.context import tenant_scope
from scrm.tenants.services import tenant_find


class Command(BaseCommand):
    """Prints one JSON line a step; fails if a step failed."""

    help = "Run the nightly steps of a tenant for a local day, whether or not they ran before."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="slug")
        parser.add_argument(
            "--as-of", type=date.fromisoformat, default=None, help="YYYY-MM-DD, default yesterday"
        )
        parser.add_argument("--step", default="", help="only this step")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with tenant_scope(tenant_find(slug=options["tenant"])):
                runs = nightly_run_all(as_of=options["as_of"], only=options["step"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        for run in runs:
            line = {
                "step": run.job,
                "as_of": str(run.local_date),
                "state": run.state,
                "counts": run.counts,
            }
            self.stdout.write(json.dumps({**line, "error": run.error} if run.error else line))
        if runs and runs[-1].state != JobState.DONE:
            raise CommandError(f"step {runs[-1].job} failed: {runs[-1].error}")
