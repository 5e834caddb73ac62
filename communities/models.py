"""The tables of every room of this app."""

from communities.acquisition.models import ContactCode, ContactCodeScan
from communities.outreach.models import Push, PushBatch, PushMedia, PushRecipient

__all__ = [
    "ContactCode",
    "ContactCodeScan",
    "Push",
    "PushBatch",
    "PushMedia",
    "PushRecipient",
]
