"""Answers that are kept for repeats are sealed without a mark: a key rotation must know where."""

from __future__ import annotations

from scrm.core.sealed import sealed_register

sealed_register("api.IdempotencyRecord", "answer_sealed", form="token")
