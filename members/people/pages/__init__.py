"""Pages 10 and 11 of the console: everybody, and one person."""

from members.people.pages import detail, glance, importing, listing, tagging

__all__ = ["detail", "glance", "importing", "listing", "tagging"]
