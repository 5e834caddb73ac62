"""What higher rooms can do with an audience: they register, the segment's pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from scrm.console.routes import page_on


@dataclass(frozen=True, kw_only=True)
class SegmentAct:
    """A page that takes `?segment=`, e.g. a new push."""

    key: str
    label: str | Promise
    url_name: str
    permission: str
    icon: str = ""
    order: int = 100


_acts: dict[str, SegmentAct] = {}


def segment_act_register(act: SegmentAct) -> None:
    """Offer an act on every segment; a key may be registered once."""
    if act.key in _acts:
        raise ValueError(f"registered twice: {act.key}")
    _acts[act.key] = act


def segment_acts() -> list[SegmentAct]:
    """Every act in its order."""
    shown = [act for act in _acts.values() if page_on(act.url_name)]
    return sorted(shown, key=lambda act: (act.order, act.key))
