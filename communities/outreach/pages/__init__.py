"""Pages 22 to 24: the list of pushes, the editor, and one push with its progress."""

from communities.outreach.pages import acts, detail, editor, listing

__all__ = ["acts", "detail", "editor", "listing"]
