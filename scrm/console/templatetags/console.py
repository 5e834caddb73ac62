"""The kit's template tags: `{% load console %}`. Every one is shown in every state on /console/kit/."""

from __future__ import annotations

from scrm.console import writing
from scrm.console.components import tags_basic, tags_data, tags_lists
from scrm.console.components.library import register

__all__ = ["register", "tags_basic", "tags_data", "tags_lists"]

register.filter("yuan", writing.yuan)
register.filter("yuan_whole", writing.yuan_whole)
register.filter("compact", writing.compact)
register.filter("bp", writing.bp_text)
register.filter("thousands", writing.thousands)
register.filter("masked_phone", writing.phone_masked)
register.filter("local_date", writing.date_text)
register.filter("local_datetime", writing.datetime_text)
