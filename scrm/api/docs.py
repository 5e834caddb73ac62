"""docs/errors.md in both languages, written from the registry so that it cannot drift (`make schema`)."""

from __future__ import annotations

from scrm.api.codes import Language, codes_all

_HEADS: dict[Language, tuple[str, ...]] = {
    "en": (
        "# Error codes",
        "",
        "Every refusal of the API is an RFC 9457 problem (`application/problem+json`) with one of these",
        "codes in `code`. Codes are stable; texts are not. `type` is the address of the code's own page on",
        "the server that answered. `errors[]` points at fields: a JSON pointer into the body, or `?name` for",
        "a query parameter. Written by `make schema`. [中文](errors.zh-CN.md)",
        "",
        "| code | status | cause | what to do |",
    ),
    "zh": (
        "# 错误码",
        "",
        "API 的每次拒绝都是 RFC 9457 的问题说明（`application/problem+json`），`code` 是下表之一。",
        "错误码是稳定的，文字不是。`type` 是应答的服务器上这个错误码自己的页面。",
        "`errors[]` 指向字段：请求内容里的 JSON 指针，或查询参数 `?名称`。由 `make schema` 生成。[English](errors.md)",
        "",
        "| 错误码 | 状态 | 原因 | 怎么办 |",
    ),
}
_FIELDS: dict[Language, tuple[str, ...]] = {
    "en": (
        "",
        "## Codes of fields",
        "",
        "In `errors[].code` of `invalid`, beside the codes above:",
        "",
        "| code | the value |",
        "| --- | --- |",
    ),
    "zh": (
        "",
        "## 字段的错误码",
        "",
        "`invalid` 的 `errors[].code`，除上表外：",
        "",
        "| 错误码 | 值 |",
        "| --- | --- |",
    ),
}
FIELD_CODES: dict[str, tuple[str, str]] = {
    "unknown_field": ("is of a name that this call does not know", "字段名不认识"),
    "required": ("is missing", "缺少"),
    "null": ("is null where something is needed", "不能是 null"),
    "blank": ("is an empty text", "不能为空"),
    "invalid": ("is of another type or form", "类型或格式不对"),
    "invalid_choice": ("is none of the listed words", "不在可选的词里"),
    "max_length": ("is too long", "太长"),
    "min_length": ("is too short", "太短"),
    "max_value": ("is too large", "太大"),
    "min_value": ("is too small", "太小"),
    "not_a_list": ("is no array", "不是数组"),
    "empty": ("is an empty array", "数组不能为空"),
    "naive": ("is a time without its offset", "时间缺少时区偏移"),
    "shape": ("is no `{amount, currency}`", "金额不是 `{amount, currency}`"),
    "currency": ("is in another currency than the brand's", "币种与品牌不同"),
}


def errors_text(language: Language = "en") -> str:
    """docs/errors.md or its Chinese twin."""
    index = 0 if language == "en" else 1
    lines = [
        *_HEADS[language],
        "| --- | --- | --- | --- |",
        *(
            f"| `{code.code}` | {code.status} | {_cell(cause)} | {_cell(step)} |"
            for code in codes_all()
            for cause, step in (code.said(language),)
        ),
        *_FIELDS[language],
        *(f"| `{name}` | {said[index]} |" for name, said in FIELD_CODES.items()),
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
