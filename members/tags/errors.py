"""Why something about tags is refused."""

from __future__ import annotations

from scrm.core.errors import DomainError, ErrorKind


class TagNameTaken(DomainError):
    """Another tag or group in use has this name."""

    code = "tag_name_taken"
    kind = ErrorKind.CONFLICT


class TagInUse(DomainError):
    """Members wear the tag: say that it shall be taken off them all."""

    code = "tag_in_use"
    kind = ErrorKind.CONFLICT


class TagComputed(DomainError):
    """A rule or a figure decides who wears this tag; hands cannot take it off."""

    code = "tag_computed"
    kind = ErrorKind.CONFLICT
