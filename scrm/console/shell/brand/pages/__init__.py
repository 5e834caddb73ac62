"""Pages of the brand's own choices."""

from scrm.console.shell.brand.pages import cautions, channels, modules, profile, settings
from scrm.console.shell.brand.words import PROFILE_LABELS
from scrm.events.audit import audit_fields_register
from scrm.tenants.settings import SETTINGS

__all__ = ["cautions", "channels", "modules", "profile", "settings"]

# The audit log names settings as their page does.
audit_fields_register(**PROFILE_LABELS, **{key: spec.label for key, spec in SETTINGS.items()})
