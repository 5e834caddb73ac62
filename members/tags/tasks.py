"""Doorbell of what WeCom has yet to be told of tags."""

from __future__ import annotations

from celery import shared_task

from members.tags.corp.outbound import pushes_drain
from scrm.events.bell import doorbell_register


@shared_task(name="push.tags")
def push_tags() -> int:
    """Tell WeCom what is due."""
    return pushes_drain()


doorbell_register("tags", "push.tags")
