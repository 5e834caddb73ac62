"""Pages of webhooks."""

from scrm.console.shell.webhooks.pages import changes, detail, listing

__all__ = ["changes", "detail", "listing"]
