"""What freezing takes on the wire."""

from __future__ import annotations

from scrm.api.serializers import StrictSerializer, StrictString


class FreezeIn(StrictSerializer):
    """Why; goes into the audit log."""

    reason = StrictString(max_length=200)
