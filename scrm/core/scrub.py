"""Take secrets and personal data out of what is about to be written down for operators.

Two nets: a value under a telling name goes whole, and text is searched for what looks like a secret, a
phone number or a mail address. Whatever is neither text nor a number is turned into text first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

GONE = "[removed]"
PHONE, MAIL, TOKEN = "[phone]", "[mail]", "[token]"
_DEEPEST = 6
_PHONES = range(13_000_000_000, 20_000_000_000)
# Whole words of a name, so that `token_fetched` or `codes` say what they say but `access_token` does not.
_SECRET_NAME = re.compile(
    r"(?ai)(^|[_\-.])("
    r"passw(or)?d|passwd|pwd|secrets?|corpsecret|token|authorization|cookies?|sessionid|csrftoken|"
    r"credentials?|api[_-]?key|aes_?key|encodingaeskey|private_?key|otp|totp|recovery_?codes?|"
    r"welcome_?code|signature|phones?|mobiles?|e?mails?|remark_mobiles|id_?card"
    r")$"
)
_ASSIGNED = (
    r"(?ai)\b((?:[a-z_]*(?:token|secret)|corpsecret|passw(?:or)?d|pwd|sessionid|csrftoken|aes_?key|"
    r"encodingaeskey|api[_-]?key|otp|msg_signature|echostr|welcome_?code)[\"']?\s?[=:]\s?[\"']?)"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?ai)\b(authorization[\"']?\s?[:=]\s?[\"']?)[^\"'\r\n,}]+"), rf"\1{GONE}"),
    (re.compile(r"(?ai)\b((?:bearer|basic)\s+)[a-z0-9._~+/=-]{6,}"), rf"\1{GONE}"),
    (re.compile(r"(?ai)\b((?:set-)?cookie[\"']?\s?[:=]\s?[\"']?)[^\"'\r\n}]+"), rf"\1{GONE}"),
    (re.compile(_ASSIGNED + r"(?!\[)[^\s&\"',;)}<]+"), rf"\1{GONE}"),
    (re.compile(r"([?&](?:code|key|sig|state_token)=)[^&\s\"']+"), rf"\1{GONE}"),
    (re.compile(r"(://)[^/\s:@]*:[^@\s/]+@"), rf"\1{GONE}@"),
    (re.compile(r"(?a)\bf1\$[0-9a-f]{8}\$[\w\-=]+"), TOKEN),
    (re.compile(r"(?a)\bgAAAA[\w\-=]{16,}"), TOKEN),
    (re.compile(r"(?a)\b(?:scrm_|sk_|whsec_|eyJ)[\w.\-+/=]{12,}"), TOKEN),
    # Links of invitations and resets carry their key in the path.
    (re.compile(r"(?<=/)[\w\-:]{32,}(?=[/?#\s\"']|$)"), TOKEN),
    (re.compile(r"(?a)[\w.+\-]+(?:@|%40)[\w\-]+(?:\.[\w\-]+)+"), MAIL),
    (
        re.compile(
            r"(?a)(?<![\w.])(?:(?:\+|%2B|00)?86[ \-]?)?1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}(?!\w)"
        ),
        PHONE,
    ),
    (re.compile(r"(?a)(?<![\w.])\+[1-9]\d{7,14}(?!\w)"), PHONE),
)


def text_scrub(text: str) -> str:
    """The text without anything that looks like a secret, a phone number or a mail address."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def value_scrub(value: Any, *, name: str = "", depth: int = 0) -> Any:
    """The value as it may be logged under that name."""
    if name and value not in (None, "") and _SECRET_NAME.search(name):
        return GONE
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return PHONE if value in _PHONES else value
    if depth >= _DEEPEST:
        return text_scrub(str(value))
    if isinstance(value, Mapping):
        return {
            text_scrub(str(key)): value_scrub(inner, name=str(key), depth=depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, bytearray)):
        return [value_scrub(inner, depth=depth + 1) for inner in value]
    return text_scrub(str(value))
