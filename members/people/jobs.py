from __future__ import annotations

from members.people.exporting import members_export_declare
from members.people.importing import members_import_declare

members_import_declare()
members_export_declare()
