"""Page 13: the programme in four steps, a look at what it would do, and its versions."""

from __future__ import annotations

from members.programme.pages import overview, showing, steps

__all__ = ["overview", "showing", "steps"]
