"""What the control plane takes and gives, as plain frozen records shared by its Python client."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

QuotaRule = Literal["monthly", "weekly", "daily"]
FaultKind = Literal["errcode", "http", "latency", "drop_before", "drop_after"]
RetryMode = Literal["timeouts", "any"]


@dataclass(frozen=True, slots=True)
class CallbackSeed:
    """Where an application's callbacks go."""

    url: str
    token: str
    aes_key: str


@dataclass(frozen=True, slots=True)
class AgentSeed:
    """A self-built application of a corp; `visible` empty means it sees every member."""

    agent_id: int
    secret: str
    name: str = "SCRM"
    contact_right: bool = True
    visible: tuple[str, ...] = ()
    callback: CallbackSeed | None = None


@dataclass(frozen=True, slots=True)
class DepartmentSeed:
    """A department; 1 is the corp itself and holds those that name no other parent."""

    number: int
    name: str
    parent: int = 1


@dataclass(frozen=True, slots=True)
class StaffSeed:
    """A member of the corp; `contact` says that customer contact is switched on for them."""

    userid: str
    name: str
    department: tuple[int, ...] = (1,)
    position: str = ""
    mobile: str = ""
    gender: int = 0
    contact: bool = True
    active: bool = True


@dataclass(frozen=True, slots=True)
class CustomerSeed:
    """A WeChat user."""

    external_userid: str
    name: str
    unionid: str = ""
    gender: int = 0
    avatar: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class RelationSeed:
    """A member's friendship with a customer. `tags` are "组名/标签名" or tag ids; times are unix seconds."""

    userid: str
    external_userid: str
    createtime: int = 0
    state: str = ""
    add_way: int = 1
    remark: str = ""
    description: str = ""
    remark_mobiles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    last_chat_at: int = 0
    deleted_by_customer: bool = False


@dataclass(frozen=True, slots=True)
class TagGroupSeed:
    """A group of corp tags, created by the corp's administrator unless `agent_id` names an app."""

    name: str
    tags: tuple[str, ...]
    agent_id: int = 0


@dataclass(frozen=True, slots=True)
class CorpSeed:
    """A corp to create or extend. Seeding twice merges by id; lists may come in parts."""

    corp_id: str
    name: str = ""
    agents: tuple[AgentSeed, ...] = ()
    departments: tuple[DepartmentSeed, ...] = ()
    staff: tuple[StaffSeed, ...] = ()
    customers: tuple[CustomerSeed, ...] = ()
    relations: tuple[RelationSeed, ...] = ()
    tag_groups: tuple[TagGroupSeed, ...] = ()
    quota_rule: QuotaRule = "monthly"
    token_ttl: int = 7200


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan led to. `welcome_code` is empty when WeCom would give none."""

    external_userid: str
    userid: str
    state: str
    welcome_code: str
    new_relation: bool


@dataclass(frozen=True, slots=True)
class ConfirmResult:
    """Outcome of members confirming broadcasts: recipients by final status 1, 2 and 3."""

    tasks: int
    sent: int
    not_friend: int
    over_quota: int


@dataclass(frozen=True, slots=True)
class Send:
    """One accepted add_msg_template or send_welcome_msg, in order of acceptance."""

    id: int
    kind: Literal["broadcast", "welcome"]
    corp_id: str
    msgid: str
    at: int
    sender: str
    recipients: tuple[str, ...]
    fail_list: tuple[str, ...]
    text: str
    chat_type: str = "single"
    agent_id: int = 0
    attachments: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A message on a customer's phone (kind broadcast, welcome or chat) or sent from it (reply)."""

    id: int
    corp_id: str
    external_userid: str
    userid: str
    kind: Literal["broadcast", "welcome", "chat", "reply"]
    at: int
    text: str
    msgid: str = ""
    attachments: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class BroadcastTask:
    """One member's task in one broadcast: status 0 not sent, 2 sent; counts per recipient status."""

    corp_id: str
    msgid: str
    userid: str
    status: int
    created_at: int
    send_time: int
    text: str
    recipients: int
    sent: int
    not_friend: int
    over_quota: int
    reminded: int
    cancelled: bool
    attachments: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP attempt of a callback; `error` is empty when an HTTP status arrived."""

    at: float
    status: int
    seconds: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One callback to one application. state: queued, delivered, failed, dropped."""

    id: int
    corp_id: str
    agent_id: int
    event: str
    change_type: str
    xml: str
    state: Literal["queued", "delivered", "failed", "dropped"]
    copy: int
    created_at: int
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request under /cgi-bin/ as the sandbox saw it; tokens and secrets are left out."""

    id: int
    at: float
    corp_id: str
    agent_id: int
    api: str
    method: str
    status: int
    errcode: int
    milliseconds: int
    fault: str
    body: str


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A planned fault. `api` is a path under /cgi-bin/ or "*"; `times` 0 means until cleared."""

    kind: FaultKind
    api: str = "*"
    corp_id: str = ""
    code: int = 0
    times: int = 0
    probability: float = 1.0
    milliseconds: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class CallbackFaults:
    """How callbacks go wrong. Counts apply to the next events; probability to each of them."""

    drop_next: int = 0
    drop_probability: float = 0.0
    copies: int = 0
    delay_seconds: float = 0.0
    reorder_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Switches:
    """World-wide switches.

    retry_interval seconds between callback attempts; retry_mode "any" also retries non-200;
    same_token gettoken returns the living token; dispatch_seconds 41063 after creation;
    tag_conflicts 45035 when two mark_tag calls of one customer overlap.
    """

    retry_mode: RetryMode = "any"
    retry_interval: float = 5.0
    retries: int = 3
    callback_timeout: float = 5.0
    same_token: bool = True
    dispatch_seconds: int = 0
    tag_conflicts: bool = False
    welcome_busy_next: int = 0
    random_seed: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """The sandbox's time: unix seconds, whether it stands still, and its offset from real time."""

    now: float
    frozen: bool
    offset: float


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer as the people of a corp know them."""

    external_userid: str
    name: str
    unionid: str = ""
    gender: int = 0
    avatar: str = ""
    phone: str = ""
    staff: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    unread: int = 0
    quota_left: int = 0


@dataclass(frozen=True, slots=True)
class ContactWayView:
    """A contact code as a customer can scan it."""

    config_id: str
    qr_code: str
    state: str
    remark: str
    user: tuple[str, ...] = ()
    scans: int = 0
    skip_verify: bool = True


@dataclass(frozen=True, slots=True)
class Health:
    """Proof of life."""

    status: str
    corps: tuple[str, ...] = field(default=())
    pid: int = 0
