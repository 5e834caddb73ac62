"""Edges hold keys of members and moments only."""

from __future__ import annotations

from scrm.core.persons import kept_register

kept_register(
    "distribution.binding", why="keys of members and moments; who was brought stays counted"
)
