"""docs/events.md, errors.md and reference.md, written from the registries so that they cannot drift."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EVENTS = ROOT / "docs" / "events.md"
ERRORS = ROOT / "docs" / "errors.md"
ERRORS_ZH = ROOT / "docs" / "errors.zh-CN.md"
REFERENCE = ROOT / "docs" / "reference.md"
_MADE = "<!-- Written by `make schema` from the code; edit the registration, not this file. -->"


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows:
        cells = (str(cell).replace("|", "\\|").replace("\n", " ") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def events_text() -> str:
    """Every published fact, what it holds and who listens."""
    from scrm.events.bus import EVENT_TYPES, SUBSCRIBERS  # noqa: PLC0415 - needs Django set up

    rows = [
        (
            f"`{name}`",
            doc,
            ", ".join(sorted(f"`{heard.name}`" for heard in SUBSCRIBERS.get(name, [])))
            or "nobody yet",
        )
        for name, doc in sorted(EVENT_TYPES.items())
    ]
    lines = [
        "# Events",
        "",
        _MADE,
        "",
        "Facts, written in the transaction of the change. Each subscriber hears each once, in order per subject.",
        "",
        *_table(("event", "meaning and payload", "subscribers"), rows),
        "",
        *_webhooks(),
    ]
    return "\n".join(lines) + "\n"


def _webhooks() -> list[str]:
    """The public event types, each with the schema of its data."""
    from scrm.webhooks.types import TEST_TYPE, WEBHOOK_TYPES  # noqa: PLC0415 - needs Django set up

    lines = [
        "## Told outside: webhook event types",
        "",
        "What a brand's endpoint may ask for; how it arrives and is verified stands in webhooks.md. A body is",
        '`{"type", "version", "timestamp", "data"}`; below is the JSON Schema of `data`. New members may be added to',
        "`data` within a version; a change that would break a receiver makes a new one. Ids are public ids.",
        "",
        *_table(
            ("type", "version", "from the event", "meaning"),
            [
                (f"`{name}`", found.version, f"`{found.source}`", found.doc)
                for name, found in sorted(WEBHOOK_TYPES.items())
            ],
        ),
        "",
        f'`{TEST_TYPE}` is sent by the test button only: `{{"webhook_id": "whe_…"}}`.',
    ]
    for name, found in sorted(WEBHOOK_TYPES.items()):
        lines += [
            "",
            f"### {name}, version {found.version}",
            "",
            "```json",
            json.dumps(found.schema, ensure_ascii=False),
            "```",
            "",
            "For example:",
            "",
            "```json",
            json.dumps(found.example, ensure_ascii=False),
            "```",
        ]
    return lines


def reference_text() -> str:
    """Settings, permissions, audit names and nightly steps."""
    from django.utils import translation  # noqa: PLC0415 - needs Django set up

    with translation.override("zh-hans"):
        lines = ["# Reference", "", _MADE]
        for title, head, rows in _sections():
            lines += ["", f"## {title}", "", *_table(head, rows)]
    return "\n".join(lines) + "\n"


def _sections() -> list[tuple[str, tuple[str, ...], list[tuple[object, ...]]]]:
    from scrm.access.permissions import PERMISSIONS  # noqa: PLC0415 - needs Django set up
    from scrm.events.audit import AUDIT_ACTIONS  # noqa: PLC0415
    from scrm.events.jobs.nightly import nightly_steps  # noqa: PLC0415
    from scrm.tenants.settings import SETTINGS  # noqa: PLC0415

    return [
        (
            "Settings of a tenant",
            ("key", "kind", "default", "label", "effect"),
            [
                (f"`{key}`", spec.kind.value, f"`{spec.default}`", spec.label, spec.effect)
                for key, spec in sorted(SETTINGS.items())
            ],
        ),
        (
            "Permissions",
            ("name", "label", "roles"),
            [
                (f"`{name}`", found.label, ", ".join(sorted(found.roles)))
                for name, found in sorted(PERMISSIONS.items())
            ],
        ),
        (
            "Audit names",
            ("action", "label"),
            [(f"`{name}`", label) for name, label in sorted(AUDIT_ACTIONS.items())],
        ),
        (
            "Nightly steps, in order",
            ("job", "label"),
            [(f"`{step.name}`", step.label) for step in nightly_steps()],
        ),
    ]


def texts() -> dict[Path, str]:
    """Each document with what it should say."""
    from scrm.api.docs import errors_text  # noqa: PLC0415 - needs Django set up

    return {
        EVENTS: events_text(),
        REFERENCE: reference_text(),
        ERRORS: errors_text("en"),
        ERRORS_ZH: errors_text("zh"),
    }
