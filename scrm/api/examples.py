"""What the document shows of each operation: a request that works and what it was answered.

scrm/api/examples.json is written by `make examples` from real calls; where a call cannot be answered without
another system the answer is made from its shape.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("examples.json")
_DEPTH = 16
_BY_FORMAT = {
    "date-time": "2026-11-22T01:30:00Z",
    "date": "2026-11-22",
    "uuid": "0192f0c1-7a3b-7c4d-8e5f-0123456789ab",
    "uri": "https://shop.example.com/hooks",
    "email": "erp@example.com",
}


@lru_cache(maxsize=1)
def examples_all() -> dict[str, dict[str, Any]]:
    """Operation id → request, status, response."""
    if not _FILE.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def examples_fill(result: dict[str, Any], **_generator: Any) -> dict[str, Any]:
    """Put examples where the document has none, and say that inputs take no other names."""
    components = result.get("components", {}).get("schemas", {})
    for name, shape in components.items():
        if name.endswith("Request") and shape.get("type") == "object":
            shape.setdefault("additionalProperties", False)
    for path in result["paths"].values():
        for found in path.values():
            if isinstance(found, dict) and "operationId" in found:
                _fill(found, components)
    return result


def _fill(found: dict[str, Any], components: dict[str, Any]) -> None:
    kept = examples_all().get(found["operationId"], {})
    for body in found.get("requestBody", {}).get("content", {}).values():
        if body.get("examples"):
            continue
        value = kept.get("request") or _sample(body["schema"], components)
        body["examples"] = {"example": {"value": value}}
    for status, told in found["responses"].items():
        content = told.get("content", {}).get("application/json")
        if content is None or not status.startswith("2") or content.get("examples"):
            continue
        is_kept = str(kept.get("status")).startswith("2") and "response" in kept
        value = kept["response"] if is_kept else _sample(content["schema"], components)
        content["examples"] = {"example": {"value": value}}


def _sample(schema: dict[str, Any], components: dict[str, Any], depth: int = 0) -> Any:
    """A value that fits the shape."""
    if "$ref" in schema:
        return _sample(components[schema["$ref"].rpartition("/")[2]], components, depth + 1)
    for known in ("example", "default", "const"):
        if known in schema and not (schema[known] == "" and schema.get("minLength")):
            return schema[known]
    if schema.get("enum"):
        return schema["enum"][0]
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return _sample(schema[several][0], components, depth + 1)
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    return _of_kind(kind, schema, components, depth)


def _of_kind(kind: Any, schema: dict[str, Any], components: dict[str, Any], depth: int) -> Any:
    if kind == "object":
        wanted = schema.get("properties", {}) if depth < _DEPTH else {}
        return {name: _sample(inner, components, depth + 1) for name, inner in wanted.items()}
    if kind == "array":
        return [_sample(schema.get("items", {}), components, depth + 1)] if depth < _DEPTH else []
    if kind == "string":
        text = _BY_FORMAT.get(schema.get("format", ""), "text")
        return text[: schema["maxLength"]] if "maxLength" in schema else text
    plain = {"integer": schema.get("minimum", 1), "number": 1, "boolean": True}
    return plain.get(kind) if isinstance(kind, str) else None
