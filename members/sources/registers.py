"""What a WeCom `state` stands for, when it is the token of a scan code."""

from __future__ import annotations

from members.people.sources import campaign_reader_register, state_reader_register
from members.sources.selectors import campaign_of_scan, source_of_scan

state_reader_register(source_of_scan)
campaign_reader_register(campaign_of_scan)
