"""The shell's pages that give themselves their address; imported when addresses are first needed."""

from scrm.console.shell import notices, views

__all__ = ["notices", "views"]
