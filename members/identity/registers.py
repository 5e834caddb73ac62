"""Identifiers are encrypted by the room's own cipher: a key rotation must know where."""

from __future__ import annotations

from scrm.core.sealed import sealed_register

sealed_register("members.Identity", "value_enc", form="token")
sealed_register("members.Member", "phone_enc", form="token")
