"""What the sandbox remembers. Fields hold only JSON values, so a record is its own journal line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass
class Entity:
    """One journalled record; `key` is unique within its kind and corp."""

    kind: ClassVar[str] = ""
    key_fields: ClassVar[tuple[str, ...]] = ()

    @property
    def key(self) -> str:
        return "\n".join(str(getattr(self, name)) for name in self.key_fields)


@dataclass
class Corp(Entity):
    kind: ClassVar[str] = "corp"
    key_fields: ClassVar[tuple[str, ...]] = ("corp_id",)
    corp_id: str
    name: str = ""
    quota_rule: str = "monthly"
    token_ttl: int = 7200
    # Number, name, parent; 1 is the corp itself.
    departments: list[list[int | str]] = field(default_factory=lambda: [[1, "总部", 0]])

    def parents(self) -> dict[int, int]:
        """Each department's parent; a journal of before has none, and all lay below 1."""
        rows = self.departments
        return {int(row[0]): int(row[2]) if len(row) > 2 else int(row[0] != 1) for row in rows}  # noqa: PLR2004

    def below(self, number: int) -> set[int]:
        """The department and all that lie below it."""
        parents, found = self.parents(), {number}
        while more := {one for one, over in parents.items() if over in found} - found:
            found |= more
        return found


@dataclass
class Agent(Entity):
    kind: ClassVar[str] = "agent"
    key_fields: ClassVar[tuple[str, ...]] = ("agent_id",)
    agent_id: int
    secret: str
    name: str = "SCRM"
    contact_right: bool = True
    visible: list[str] = field(default_factory=list)
    url: str = ""
    token: str = ""
    aes_key: str = ""


@dataclass
class Token(Entity):
    kind: ClassVar[str] = "token"
    key_fields: ClassVar[tuple[str, ...]] = ("value",)
    value: str
    agent_id: int
    expires_at: float
    revoked: bool = False


@dataclass
class Staff(Entity):
    kind: ClassVar[str] = "staff"
    key_fields: ClassVar[tuple[str, ...]] = ("userid",)
    userid: str
    name: str
    department: list[int] = field(default_factory=lambda: [1])
    position: str = ""
    mobile: str = ""
    gender: int = 0
    contact: bool = True
    active: bool = True


@dataclass
class Customer(Entity):
    """A WeChat user; `broadcast_times` are the broadcasts received, for the quota."""

    kind: ClassVar[str] = "customer"
    key_fields: ClassVar[tuple[str, ...]] = ("external_userid",)
    external_userid: str
    name: str
    unionid: str = ""
    gender: int = 0
    avatar: str = ""
    phone: str = ""
    broadcast_times: list[int] = field(default_factory=list)


@dataclass
class Relation(Entity):
    """A member's friendship. `waiting`: asked, not accepted; `half`: member has not confirmed."""

    kind: ClassVar[str] = "relation"
    key_fields: ClassVar[tuple[str, ...]] = ("userid", "external_userid")
    userid: str
    external_userid: str
    createtime: int
    state: str = ""
    add_way: int = 1
    oper_userid: str = ""
    remark: str = ""
    description: str = ""
    remark_company: str = ""
    remark_mobiles: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    last_chat_at: int = 0
    half: bool = False
    waiting: bool = False
    deleted_by_customer: bool = False
    chatted: bool = False

    @property
    def full(self) -> bool:
        """Known to the contact API: accepted by the member, whatever the customer did later."""
        return not (self.half or self.waiting)


@dataclass
class TagGroup(Entity):
    kind: ClassVar[str] = "tag_group"
    key_fields: ClassVar[tuple[str, ...]] = ("id",)
    id: str
    name: str
    create_time: int
    order: int = 0
    agent_id: int = 0
    deleted: bool = False


@dataclass
class Tag(Entity):
    kind: ClassVar[str] = "tag"
    key_fields: ClassVar[tuple[str, ...]] = ("id",)
    id: str
    group_id: str
    name: str
    create_time: int
    order: int = 0
    agent_id: int = 0
    deleted: bool = False


@dataclass
class ContactWay(Entity):
    kind: ClassVar[str] = "contact_way"
    key_fields: ClassVar[tuple[str, ...]] = ("config_id",)
    config_id: str
    agent_id: int
    created_at: int
    type: int
    scene: int
    style: int = 0
    remark: str = ""
    skip_verify: bool = True
    state: str = ""
    user: list[str] = field(default_factory=list)
    party: list[int] = field(default_factory=list)
    is_temp: bool = False
    expires_in: int = 0
    chat_expires_in: int = 0
    unionid: str = ""
    is_exclusive: bool = False
    mark_source: bool = True
    conclusions: dict[str, object] = field(default_factory=dict)
    scans: int = 0


@dataclass
class WelcomeCode(Entity):
    kind: ClassVar[str] = "welcome_code"
    key_fields: ClassVar[tuple[str, ...]] = ("code",)
    code: str
    userid: str
    external_userid: str
    created_at: float
    used: bool = False


@dataclass
class Broadcast(Entity):
    kind: ClassVar[str] = "broadcast"
    key_fields: ClassVar[tuple[str, ...]] = ("msgid",)
    msgid: str
    agent_id: int
    chat_type: str
    created_at: int
    text: str = ""
    attachments: list[dict[str, object]] = field(default_factory=list)
    creator: str = ""
    cancelled: bool = False
    reminders: list[int] = field(default_factory=list)


@dataclass
class Task(Entity):
    """One member's part of a broadcast; `results` maps a recipient to [status, send_time]."""

    kind: ClassVar[str] = "task"
    key_fields: ClassVar[tuple[str, ...]] = ("msgid", "userid")
    msgid: str
    userid: str
    recipients: list[str]
    status: int = 0
    send_time: int = 0
    results: dict[str, list[int]] = field(default_factory=dict)

    def count(self, status: int) -> int:
        return sum(1 for result in self.results.values() if result[0] == status)


@dataclass
class Message(Entity):
    kind: ClassVar[str] = "message"
    key_fields: ClassVar[tuple[str, ...]] = ("id",)
    id: int
    external_userid: str
    userid: str
    message_kind: str
    at: int
    text: str = ""
    msgid: str = ""
    attachments: list[dict[str, object]] = field(default_factory=list)


@dataclass
class SendRecord(Entity):
    """An accepted send, kept for ever: the truth a sender's own records are checked against."""

    kind: ClassVar[str] = "send"
    key_fields: ClassVar[tuple[str, ...]] = ("id",)
    id: int
    send_kind: str
    msgid: str
    at: int
    sender: str
    recipients: list[str]
    fail_list: list[str] = field(default_factory=list)
    text: str = ""
    chat_type: str = "single"
    agent_id: int = 0
    attachments: list[dict[str, object]] = field(default_factory=list)


@dataclass
class Media(Entity):
    """An uploaded file; `space` is upload, attachment or img: their ids are not interchangeable."""

    kind: ClassVar[str] = "media"
    key_fields: ClassVar[tuple[str, ...]] = ("media_id",)
    media_id: str
    space: str
    type: str
    filename: str
    content_type: str
    created_at: int
    size: int


@dataclass
class OAuthCode(Entity):
    """The answer of one scan; an empty `userid` is somebody from outside."""

    kind: ClassVar[str] = "oauth_code"
    key_fields: ClassVar[tuple[str, ...]] = ("code",)
    code: str
    agent_id: int
    userid: str
    expires_at: float
    used: bool = False


KINDS: dict[str, type[Entity]] = {
    cls.kind: cls
    for cls in (
        Corp,
        Agent,
        Token,
        Staff,
        Customer,
        Relation,
        TagGroup,
        Tag,
        ContactWay,
        WelcomeCode,
        Broadcast,
        Task,
        Message,
        SendRecord,
        Media,
        OAuthCode,
    )
}
