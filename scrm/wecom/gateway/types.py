"""What goes into the gateway and what comes out, as frozen records. Times are unix seconds as WeCom gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """Some rows and where the next ones begin; an empty cursor is the end."""

    rows: tuple[T, ...]
    cursor: str = ""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of the corp."""

    userid: str
    name: str = ""
    departments: tuple[int, ...] = ()
    position: str = ""
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class Party:
    """A department; the name is empty where WeCom keeps it from the application. 1 is the corp itself."""

    number: int
    name: str = ""
    parent: int = 0


@dataclass(frozen=True, kw_only=True)
class Application:
    """The bound application as WeCom sees it."""

    agent_id: int
    name: str
    closed: bool


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A customer; kind 1 is a WeChat user, 2 a WeCom user; gender 0 unknown, 1 male, 2 female."""

    external_userid: str
    name: str = ""
    kind: int = 1
    avatar: str = ""
    gender: int = 0
    unionid: str = ""


@dataclass(frozen=True, kw_only=True)
class Follow:
    """One member's friendship with a customer."""

    userid: str
    createtime: int = 0
    remark: str = ""
    description: str = ""
    phones: tuple[str, ...] = ()
    tag_ids: tuple[str, ...] = ()
    state: str = ""
    add_way: int = 0


@dataclass(frozen=True, kw_only=True)
class ContactFollows:
    """A customer with the friendships we may see."""

    contact: Contact
    follows: tuple[Follow, ...]
    cursor: str = ""


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A corp tag."""

    tag_id: str
    name: str
    order: int = 0
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class TagGroup:
    """A group of corp tags."""

    group_id: str
    name: str
    order: int = 0
    deleted: bool = False
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ContactWay:
    """A contact code (联系我) with a QR code; at most 100 members; remark and state at most 30 characters."""

    users: tuple[str, ...]
    state: str = ""
    remark: str = ""
    skip_verify: bool = True
    parties: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ContactWayMade:
    """A fresh contact code. Losing ``config_id`` means losing the code."""

    config_id: str
    qr_code: str


@dataclass(frozen=True, kw_only=True)
class ContactWayFound:
    """A contact code as WeCom keeps it."""

    config_id: str
    qr_code: str
    state: str
    remark: str
    skip_verify: bool
    users: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MediaUploaded:
    """A temporary file at WeCom; lives three days."""

    media_id: str
    created_at: int


@dataclass(frozen=True, kw_only=True)
class BroadcastCreated:
    """An accepted mass message. ``failed`` are customers that cannot get it; the rest waits for members."""

    msgid: str
    failed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BroadcastRecord:
    """A mass message in WeCom's list."""

    msgid: str
    creator: str
    create_time: int
    create_type: int
    text: str


@dataclass(frozen=True, kw_only=True)
class BroadcastTask:
    """A member's part in a mass message: status 0 not confirmed, 2 sent."""

    userid: str
    status: int
    send_time: int = 0


@dataclass(frozen=True, kw_only=True)
class BroadcastResult:
    """What a recipient got: 0 not sent, 1 sent, 2 not a friend, 3 already got too many."""

    external_userid: str
    userid: str
    status: int
    send_time: int = 0
