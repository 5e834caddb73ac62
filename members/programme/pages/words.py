"""What the pages say of a version."""

from __future__ import annotations

from dataclasses import dataclass

from members.programme.forms import (
    MEASURE_WORDS,
)
from members.programme.models import Programme
from members.programme.rules import PARTS
from members.programme.selectors import (
    PART_WORDS,
    missing_parts,
)
from scrm.console.pages import ConsolePage
from scrm.console.writing import thousands


@dataclass(frozen=True, kw_only=True)
class PartShown:
    """One of the four parts and what it lacks."""

    label: str
    why: str
    href: str


def parts_shown(shown: ConsolePage, draft: Programme) -> list[PartShown]:
    """The four parts with what each lacks and where it is filled in."""
    lacks = {each.part: each.why for each in missing_parts(draft)}
    return [
        PartShown(
            label=str(PART_WORDS[part]),
            why=lacks.get(part, ""),
            href=f"{shown.url('programme-edit', programme_id=draft.public_id)}?step={part}",
        )
        for part in PARTS
    ]


def goal_words(programme: Programme) -> str:
    """The goal with its figure."""
    goal = programme.goal
    if not goal.get("text"):
        return ""
    measure = dict(MEASURE_WORDS).get(goal.get("measure", ""), "")
    return f"{goal['text']} · {measure} {thousands(goal.get('figure', 0))}"
