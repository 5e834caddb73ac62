"""Pure rules of signing in: names, devices, codes."""

from __future__ import annotations

import re
import unicodedata

STEP_SECONDS = 30
CODE_DIGITS = 6
RECOVERY_CODES = 10
_RECOVERY_LETTERS = 10
_CODE = re.compile(r"\d{6}", re.ASCII)
_SPACE = re.compile(r"[\s\-]+")
NAME_LONGEST = 60

# First match wins: Edge and WeCom also say Chrome, Chrome also says Safari.
_BROWSERS = (
    ("wxwork", "企业微信"),
    ("micromessenger", "微信"),
    ("edg/", "Edge"),
    ("opr/", "Opera"),
    ("firefox/", "Firefox"),
    ("chrome/", "Chrome"),
    ("safari/", "Safari"),
)
_SYSTEMS = (
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("harmonyos", "HarmonyOS"),
    ("windows", "Windows"),
    ("mac os", "macOS"),
    ("linux", "Linux"),
)


def device_label(user_agent: str) -> str:
    """`Chrome · Windows`; empty when the browser does not say."""
    said = user_agent.lower()
    known = [
        next((name for mark, name in names if mark in said), "") for names in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(name for name in known if name)


def name_is_clean(name: str) -> bool:
    """Whether a name is one line of visible text: it ends up in mail headers and logs."""
    return 0 < len(name) <= NAME_LONGEST and not any(
        unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} for char in name
    )


def time_step(seconds: float) -> int:
    """The number of the half minute that a code belongs to."""
    return int(seconds) // STEP_SECONDS


def code_normal(typed: str) -> str:
    """Six digits as the authenticator shows them, without the space; empty for anything else."""
    cleaned = _SPACE.sub("", typed)
    return cleaned if _CODE.fullmatch(cleaned) else ""


def recovery_normal(typed: str) -> str:
    """A recovery code in the one spelling that is hashed; empty for anything else."""
    cleaned = _SPACE.sub("", typed).upper()
    return cleaned if len(cleaned) == _RECOVERY_LETTERS and cleaned.isascii() else ""


def recovery_shown(code: str) -> str:
    """`ABCDE-FGHJK`, as people copy it."""
    return f"{code[:5]}-{code[5:]}"
