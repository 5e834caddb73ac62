"""Webhooks out: a brand's own systems hear what happened here, signed, repeated until they answer.

What leaves is a row first: a message once per event, a delivery once per message and endpoint, an
attempt once per call. Celery only rings; a lost or doubled bell changes nothing.
"""
