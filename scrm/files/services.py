"""What other rooms use of this one."""

from scrm.files.columns import ExportColumn
from scrm.files.connectors import run_record
from scrm.files.exports import export_register, export_start
from scrm.files.imports import (
    ImportColumn,
    ImportOption,
    import_register,
    import_start,
    import_upload,
)

__all__ = [
    "ExportColumn",
    "ImportColumn",
    "ImportOption",
    "export_register",
    "export_start",
    "import_register",
    "import_start",
    "import_upload",
    "run_record",
]
