from __future__ import annotations

from scrm.core.persons import kept_register

kept_register(
    "members.scancode",
    why="A printed code; it names a parcel by the shop's number, never a person.",
)
