"""What a contact code may hold."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from scrm.core.errors import InvalidValue

STATE_PREFIX = "cc_"
NAME_LENGTH = 30
STAFF_MOST = 100
TAGS_MOST = 20
WELCOME_BYTES = 4000
NICKNAME = "{昵称}"
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def state_param_new() -> str:
    """An unguessable `state`, well under WeCom's thirty characters."""
    return STATE_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(16))


def name_check(name: str) -> str:
    """The name if it can be the remark at WeCom and the occasion by which members came."""
    cleaned = name.strip()
    if not 0 < len(cleaned) <= NAME_LENGTH:
        raise InvalidValue("a name has 1 to 30 characters", pointer="/name")
    return cleaned


def staff_check(userids: Sequence[str]) -> list[str]:
    """The members of staff behind the code, each once."""
    found = list(dict.fromkeys(userid.strip() for userid in userids if userid.strip()))
    if not found or len(found) > STAFF_MOST:
        raise InvalidValue("a code has 1 to 100 members of staff", pointer="/staff")
    return found


def tags_check(names: Sequence[str]) -> list[str]:
    """Tag names, each once."""
    found = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(found) > TAGS_MOST:
        raise InvalidValue("a code has at most 20 tags", pointer="/tags")
    return found


def welcome_check(text: str) -> str:
    """The welcome text if WeCom takes it."""
    if len(text.encode()) > WELCOME_BYTES:
        raise InvalidValue("welcome text is over 4000 bytes", pointer="/welcome_text")
    return text.strip()
