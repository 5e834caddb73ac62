"""Which channel a brand reaches whom by: rooms that know one register it (M-13).

1 the official account, 2 an ordinary group, 3 a VIP group, 4 one to one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LayerSource:
    """``sql`` selects member_id of everybody on the layer, with %(tenant)s and nothing else bound."""

    key: str
    layer: int
    sql: str


LAYER_SOURCES: dict[str, LayerSource] = {}


def layer_register(source: LayerSource) -> None:
    """Declare a channel; a key may be declared once."""
    if source.key in LAYER_SOURCES or not 1 <= source.layer <= 4:  # noqa: PLR2004 - M-13 has four
        message = f"layer source {source.key} is registered twice or has no layer of the four"
        raise ValueError(message)
    LAYER_SOURCES[source.key] = source
