from __future__ import annotations

from members.privacy.pages import asking, requests

__all__ = ["asking", "requests"]
