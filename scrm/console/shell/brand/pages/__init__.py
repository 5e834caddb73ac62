"""Pages of the brand's own choices."""

from scrm.console.shell.brand.pages import cautions, channels, modules, profile, settings

__all__ = ["cautions", "channels", "modules", "profile", "settings"]
