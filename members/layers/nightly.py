from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.layers.services import layers_night
from scrm.events.jobs.nightly import nightly_register

nightly_register("layers", order=440, run=layers_night, label=_("渠道层级"))
