"""What a console page may load: our own files and nothing else."""

from __future__ import annotations

from csp.constants import NONE, SELF, UNSAFE_INLINE

# `style-src-attr` allows width="…" style attributes of bars only; styles in files stay ours.
CONTENT_SECURITY_POLICY: dict[str, object] = {
    "EXCLUDE_URL_PREFIXES": [],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
