"""Pages 10 and 11 of the console: everybody, and one person."""

from members.people.pages import detail, listing

__all__ = ["detail", "listing"]
