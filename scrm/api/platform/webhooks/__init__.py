"""Webhooks driven from outside."""
