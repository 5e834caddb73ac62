"""Base views of the console; see the guide in `scrm/console/__init__.py`."""

from scrm.console.pages.base import ConsolePage
from scrm.console.pages.detail import DetailPage
from scrm.console.pages.forms import ActPage, FormPage, WizardPage, WizardStep
from scrm.console.pages.glance import GlancePage
from scrm.console.pages.lists import ListPage

__all__ = [
    "ActPage",
    "ConsolePage",
    "DetailPage",
    "FormPage",
    "GlancePage",
    "ListPage",
    "WizardPage",
    "WizardStep",
]
