"""Housekeeping of the console."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.console.undo import undo_forget_run
from scrm.events.jobs.nightly import nightly_register

nightly_register("undo_forget", order=961, run=undo_forget_run, label=_("清理撤销记录"))
