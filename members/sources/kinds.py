"""Kinds of scan codes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScanKind(models.TextChoices):
    """Where a code is printed or shown (M-21)."""

    PARCEL_CARD = "parcel_card", _("包裹卡")
    STORE = "store", _("门店")
    COURSE = "course", _("体验课")
    LIVE = "live", _("直播")
    AD = "ad", _("广告")
