"""The two brands of the demo, and the people who work for them."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "private-domain-2026"  # noqa: S105 - printed by the demo, opens nothing else


@dataclass(frozen=True, kw_only=True)
class Login:
    """A person who may sign in to the demo, with roles of domain.md PL-09."""

    email: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of staff in the sandboxed WeCom."""

    userid: str
    name: str
    gender: int
    department: int = 1


@dataclass(frozen=True, kw_only=True)
class Brand:
    """A tenant of the demo with its WeCom corp. Secrets are the sandbox's, nobody else's."""

    slug: str
    name: str
    timezone: str
    color: str
    industry: str
    corp_id: str
    agent_id: int
    secret: str
    token: str
    aes_key: str
    # Number, name and parent; 1 is the corp itself.
    departments: tuple[tuple[int, str, int], ...]
    staff: tuple[Member, ...]
    logins: tuple[Login, ...]


RECORDS = Brand(
    slug="tingyu",
    name="听屿唱片",
    timezone="Asia/Shanghai",
    color="#1668dc",
    industry="retail",
    corp_id="wwdemotingyu0000001",
    agent_id=1000002,
    secret="demo-secret-of-the-record-shop-0123456789ab",  # noqa: S106
    token="tingyuCallbackToken01",  # noqa: S106
    aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    departments=(
        (1, "听屿唱片", 0),
        (2, "华东大区", 1),
        (3, "上海静安店", 2),
        (4, "杭州湖滨店", 2),
        (5, "华南大区", 1),
        (6, "广州天河店", 5),
    ),
    staff=(
        Member(userid="lin.xiao", name="林晓", gender=2, department=2),
        Member(userid="zhou.yi", name="周毅", gender=1, department=3),
        Member(userid="xu.jing", name="许静", gender=2, department=3),
        Member(userid="he.miao", name="何苗", gender=2, department=3),
        Member(userid="tang.rui", name="唐睿", gender=1, department=4),
        Member(userid="song.yan", name="宋妍", gender=2, department=4),
        Member(userid="fang.bo", name="方博", gender=1, department=6),
        Member(userid="su.qing", name="苏晴", gender=2, department=6),
    ),
    logins=(
        Login(email="lin@demo.example", name="林晓", roles=("tenant_admin",)),
        Login(email="chen@demo.example", name="陈会员", roles=("member_ops",)),
        Login(email="wu@demo.example", name="吴分析", roles=("analyst",)),
    ),
)
TEA = Brand(
    slug="yuzu-tea",
    name="柚屿茶 Yuzu Tea",
    timezone="America/Los_Angeles",
    color="#0a7d43",
    industry="tea",
    corp_id="wwdemoyuzutea000002",
    agent_id=1000003,
    secret="demo-secret-of-the-tea-house-0123456789abcd",  # noqa: S106
    token="yuzuCallbackToken02",  # noqa: S106
    aes_key="GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba",
    departments=((1, "Yuzu Tea", 0), (2, "Arcadia", 1)),
    staff=(
        Member(userid="mia.gao", name="高米娅", gender=2),
        Member(userid="leo.qin", name="秦立", gender=1, department=2),
    ),
    logins=(
        Login(email="lin@demo.example", name="林晓", roles=("tenant_admin",)),
        Login(email="gao@demo.example", name="高米娅", roles=("private_domain_lead",)),
    ),
)
BRANDS = (RECORDS, TEA)
