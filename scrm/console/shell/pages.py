"""The shell's pages that give themselves their address; imported when addresses are first needed."""

from scrm.console.shell import views

__all__ = ["views"]
