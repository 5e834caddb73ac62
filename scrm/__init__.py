"""The platform: knows tenants, people who log in, money and messages; knows no business."""

from __future__ import annotations

from scrm.celery import app as celery_app

__all__ = ["celery_app"]
