"""Find the furniture of every room, so that what a room registers is there before anything runs.

Who adds a room adds a folder; nothing else needs to know its name.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from collections.abc import Iterator

# Imported when Django is ready, in every process. Views (`api`, `pages`) wait until URLs are needed.
AT_START = (
    "permissions",
    "conf",
    "events",
    "fields",
    "subscribers",
    "tasks",
    "nightly",
    "jobs",
    "metrics",
    "registers",
    "erasing",
)
_CLOSED = frozenset({"migrations", "management", "sandbox", "backend"})


def furniture_import(names: tuple[str, ...]) -> list[str]:
    """Import every module of these names at any depth of our installed apps; returns what was found."""
    found = [
        module
        for name in names
        for config in apps.get_app_configs()
        if config.module is not None and "site-packages" not in config.path
        for module in _modules(config.name, config.path, name)
    ]
    for module in found:
        importlib.import_module(module)
    return found


def _modules(package: str, folder: str, wanted: str) -> Iterator[str]:
    for module in pkgutil.iter_modules([folder]):
        if module.name == wanted:
            yield f"{package}.{module.name}"
        elif module.ispkg and module.name not in _CLOSED:
            yield from _modules(f"{package}.{module.name}", f"{folder}/{module.name}", wanted)
