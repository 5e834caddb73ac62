"""Slots of the overview that other rooms fill from their own `panels.py`.

    overview_panel_register(OverviewPanel(
        key="rfm-matrix", slot="matrix", template="analytics/rfm/_overview_matrix.html",
        load=lambda page: {"run": rfm_current(), "href": page.url("rfm-matrix")},
    ))

The template draws its own `{% card %}`. A `matrix` is drawn with the page, so it may cost one query; a
`table` is fetched when it comes into view. Other apps say what a part of the loop counts (PL-01) with
`loop_part_register`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from scrm.console.pages.base import ConsolePage
from scrm.tenants.flags import owner_on

Slot = Literal["matrix", "table"]


@dataclass(frozen=True, kw_only=True)
class OverviewPanel:
    """A card: ``template`` is drawn with what ``load(page)`` returns, and with ``page`` itself."""

    key: str
    slot: Slot
    template: str
    load: Callable[[ConsolePage], Mapping[str, object]]
    permission: str = ""
    order: int = 100


_panels: dict[str, OverviewPanel] = {}


def overview_panel_register(panel: OverviewPanel) -> None:
    """Put a card on the overview; a key may be registered once."""
    if panel.key in _panels:
        message = f"overview panel {panel.key} is registered twice"
        raise ValueError(message)
    _panels[panel.key] = panel


def overview_panels(*, slot: Slot, may: Callable[[str], bool]) -> list[OverviewPanel]:
    """The cards of a slot that this person may see, in order."""
    found = sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))
    return [
        panel
        for panel in found
        if panel.slot == slot
        and (not panel.permission or may(panel.permission))
        and owner_on(panel.load)
    ]
